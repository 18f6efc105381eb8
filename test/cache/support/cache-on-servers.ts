import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { Cache, type CacheOptions } from '../../../src/common/cache/create-cache.js';
import type { FenceDocument } from '../../../src/common/cache/mongo-fence-log.js';
import { type ScratchDatabase, scratchDatabase } from '../../support/scratch-database.js';
import { RedisClients, RUN_REDIS_URL } from './redis-clients.js';

/** Caches of several processes over the run's servers, in a namespace of their own. */
export class CacheOnServers {
  readonly namespace = `test:${randomUUID()}`;
  private readonly caches: Cache[] = [];

  private constructor(
    readonly database: ScratchDatabase,
    private readonly clients: RedisClients,
    readonly redis: Redis,
  ) {}

  static async open(): Promise<CacheOnServers> {
    const clients = new RedisClients();
    return new CacheOnServers(await scratchDatabase(), clients, await clients.connect());
  }

  /** Another process; not started yet. */
  async process(options: Partial<CacheOptions> = {}): Promise<Cache> {
    const keyPrefix = `${this.namespace}:tag:`;
    const cache = new Cache({
      redis: await this.clients.connect(),
      tags: {
        readers: await this.clients.connect(RUN_REDIS_URL, keyPrefix),
        writers: await this.clients.connect(RUN_REDIS_URL, keyPrefix),
      },
      fences: this.database.connection.getClient().db(this.database.name).collection<FenceDocument>('cache_fences'),
      namespace: this.namespace,
      schema: 'v1',
      resources: ['clinics', 'providers'],
      enabled: true,
      memoryBytes: 2 ** 23,
      writePolicy: 'fenced',
      // The run's Redis is young, and nobody restarts it.
      settleMs: 0,
      warn: () => undefined,
      ...options,
    });
    this.caches.push(cache);
    return cache;
  }

  async startedProcess(options: Partial<CacheOptions> = {}): Promise<Cache> {
    const cache = await this.process(options);
    await cache.start();
    return cache;
  }

  /** The keys in Redis that entries are kept under. */
  entryKeys(): Promise<string[]> {
    return this.redis.keys(`${this.namespace}:entry:*`);
  }

  async close(): Promise<void> {
    for (const cache of this.caches) cache.stop();
    const keys = await this.redis.keys(`${this.namespace}:*`);
    if (keys.length > 0) await this.redis.del(keys);
    this.clients.disconnectAll();
    await this.database.drop();
  }
}
