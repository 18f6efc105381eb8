import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Collection } from 'mongodb';
import type { CoherentCache } from '../../../src/common/cache/coherent-cache.js';
import { CoherentWrites } from '../../../src/common/cache/coherent-writes.js';
import { Cache } from '../../../src/common/cache/create-cache.js';
import { CHECK_EVERY_MS, type Clock, Fences } from '../../../src/common/cache/fences.js';
import { MemoryTier } from '../../../src/common/cache/memory-tier.js';
import { type FenceDocument, MongoFenceLog } from '../../../src/common/cache/mongo-fence-log.js';
import { RedisTagStore } from '../../../src/common/cache/redis-tag-store.js';
import { RedisTier } from '../../../src/common/cache/shared-tier.js';
import { CacheStatistics } from '../../../src/common/cache/statistics.js';
import { SETTLE_MS } from './times.js';
import { type Variant, variantOf } from './variants.js';

/** What the registers need of a cache. */
export interface AssembledCache {
  readonly reads: CoherentCache;
  readonly writes: CoherentWrites;
  readonly fenceLog: Pick<MongoFenceLog, 'endWithin'>;
  start(): Promise<void>;
}

/** What a cache is made of. */
export interface Surroundings {
  readonly redisPort: number;
  readonly namespace: string;
  readonly fences: Collection<FenceDocument>;
  readonly memoryBytes: number;
}

/** The service's own cache. */
export function realCache({ redisPort, namespace, fences, memoryBytes }: Surroundings): AssembledCache {
  return new Cache({
    redis: entryConnection(redisPort),
    tags: { readers: tagConnection(redisPort, namespace), writers: tagConnection(redisPort, namespace) },
    fences,
    namespace,
    schema: 'registers',
    resources: ['registers'],
    enabled: true,
    memoryBytes,
    writePolicy: 'fenced',
    settleMs: SETTLE_MS,
    warn: () => undefined,
  });
}

/** The same, part by part as in `Cache`, with some parts of a broken make. */
export function brokenCache(
  { redisPort, namespace, fences: collection, memoryBytes }: Surroundings,
  variant: Variant,
): AssembledCache {
  const broken = variantOf(variant);
  const writers = tagConnection(redisPort, namespace);
  const redis = new RedisTagStore(tagConnection(redisPort, namespace), writers);
  const store = broken.settling(broken.store(redis, writers), () => redis.ageMs(), clock);
  const fenceLog = broken.fenceLog(new MongoFenceLog(collection));
  const fences = broken.fences(fenceLog, (tags) => store.release(tags, 'nobody'), clock);
  const versions = broken.versions(store, fences);
  const reads = broken.reads({
    versions,
    memory: new MemoryTier(memoryBytes),
    shared: new RedisTier(entryConnection(redisPort), namespace, 'registers'),
    statistics: new CacheStatistics(),
  });
  const writes = new CoherentWrites(store, fenceLog, 'fenced', broken.writersClock(clock), () => !versions.available);
  return { reads, writes, fenceLog, start: () => keepChecking(fenceLog, fences) };
}

async function keepChecking(log: Pick<MongoFenceLog, 'prepare'>, fences: Fences): Promise<void> {
  await log.prepare();
  await fences.check();
  const next = () => void fences.check().then(later, later);
  const later = () => setTimeout(next, CHECK_EVERY_MS).unref();
  later();
}

const clock: Clock = { now: () => performance.now(), sleep: (ms) => sleep(ms) };

/** As `CacheModule` makes them. */
function tagConnection(port: number, namespace: string): Redis {
  return quiet(
    new Redis(port, '127.0.0.1', {
      keyPrefix: tagPrefix(namespace),
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      commandTimeout: 500,
      disconnectTimeout: 50,
      retryStrategy: (attempt) => Math.min(50 * attempt, 1_000),
    }),
  );
}

export const tagPrefix = (namespace: string): string => `${namespace}:tag:`;

function entryConnection(port: number): Redis {
  return quiet(
    new Redis(port, '127.0.0.1', {
      enableOfflineQueue: false,
      maxRetriesPerRequest: 1,
      commandTimeout: 500,
      disconnectTimeout: 50,
    }),
  );
}

function quiet(redis: Redis): Redis {
  redis.on('error', () => undefined);
  return redis;
}
