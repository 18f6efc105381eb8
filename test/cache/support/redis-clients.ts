import { once } from 'node:events';
import { Redis } from 'ioredis';
import { RedisTagStore } from '../../../src/common/cache/redis-tag-store.js';

/** The Redis of the whole run. */
export const RUN_REDIS_URL = process.env['TEST_REDIS_URL'] ?? '';

/** Connections of one spec, made as the service makes them. */
export class RedisClients {
  private readonly clients: Redis[] = [];

  /** Resolves when it is connected. */
  async connect(url = RUN_REDIS_URL, keyPrefix = ''): Promise<Redis> {
    const client = new Redis(url, {
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      commandTimeout: 1_000,
      disconnectTimeout: 50,
      retryStrategy: () => 50,
      keyPrefix,
    });
    client.on('error', () => undefined);
    this.clients.push(client);
    await once(client, 'ready');
    return client;
  }

  /** One process's tags: for readers and for writers it has a connection each. */
  async tagStore(url: string, keyPrefix: string): Promise<RedisTagStore> {
    return new RedisTagStore(await this.connect(url, keyPrefix), await this.connect(url, keyPrefix));
  }

  disconnectAll(): void {
    for (const client of this.clients.splice(0)) client.disconnect();
  }
}
