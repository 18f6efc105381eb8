import {
  type DynamicModule,
  Global,
  Inject,
  Logger,
  Module,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { getConnectionToken } from '@nestjs/mongoose';
import { Redis } from 'ioredis';
import type { Connection } from 'mongoose';
import { CONFIGURATION } from '../../config/config.module.js';
import type { Configuration } from '../../config/configuration.js';
import { connectRedis } from '../redis/connect-redis.js';
import { Cache } from './create-cache.js';
import type { FenceDocument } from './mongo-fence-log.js';

/** What the cache is told of what it keeps. */
export interface CachedKinds {
  readonly resources: readonly string[];
  /** What entries look like; processes with another schema keep others. */
  readonly schema: string;
}

const CACHED_KINDS = Symbol('CachedKinds');
const TAG_READERS = Symbol('TagReaders');
const TAG_WRITERS = Symbol('TagWriters');

/** Readers without an answer by then go to the database. */
const COMMAND_TIMEOUT_MS = 500;

/** When the client is connected, or knows that it can't be now. */
const connected = (client: Redis): Promise<unknown> =>
  client.status === 'ready'
    ? Promise.resolve()
    : new Promise<unknown>((resolve) => client.once('ready', resolve).once('error', resolve));

const tagConnection = (provide: symbol) => ({
  provide,
  inject: [CONFIGURATION],
  useFactory: ({ cache, mongodb }: Configuration) =>
    connectRedis(cache.versionsRedisUrl, {
      keyPrefix: `${mongodb.database}:tag:`,
      maxRetriesPerRequest: 0,
      commandTimeout: COMMAND_TIMEOUT_MS,
      retryStrategy: (attempt) => Math.min(50 * attempt, 1_000),
    }),
});

@Global()
@Module({
  providers: [
    tagConnection(TAG_READERS),
    tagConnection(TAG_WRITERS),
    {
      provide: Cache,
      inject: [CONFIGURATION, getConnectionToken(), Redis, TAG_READERS, TAG_WRITERS, CACHED_KINDS],
      useFactory: (
        { cache, mongodb }: Configuration,
        connection: Connection,
        redis: Redis,
        readers: Redis,
        writers: Redis,
        kinds: CachedKinds,
      ) =>
        new Cache({
          ...kinds,
          redis,
          tags: { readers, writers },
          fences: connection.getClient().db(connection.name).collection<FenceDocument>('cache_fences'),
          namespace: mongodb.database,
          enabled: cache.enabled,
          memoryBytes: cache.memoryBytes,
          writePolicy: cache.writePolicy,
          warn: (line) => new Logger('Cache').warn(line),
        }),
    },
  ],
  exports: [Cache],
})
export class CacheModule implements OnModuleInit, OnApplicationShutdown {
  constructor(
    @Inject(Cache) private readonly cache: Cache,
    @Inject(TAG_READERS) private readonly readers: Redis,
    @Inject(TAG_WRITERS) private readonly writers: Redis,
  ) {}

  static with(kinds: CachedKinds): DynamicModule {
    return { module: CacheModule, providers: [{ provide: CACHED_KINDS, useValue: kinds }] };
  }

  async onModuleInit(): Promise<void> {
    await Promise.all([this.readers, this.writers].map(connected));
    await this.cache.start();
  }

  onApplicationShutdown(): void {
    this.cache.stop();
    this.readers.disconnect();
    this.writers.disconnect();
  }
}
