import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { Collection } from 'mongodb';
import { traceJob } from '../observability/spans.js';
import { CacheService } from './cache-service.js';
import { CoherentCache } from './coherent-cache.js';
import { CoherentWrites, type WritePolicy } from './coherent-writes.js';
import { CHECK_EVERY_MS, type Clock, Fences } from './fences.js';
import { HotEntries } from './hot-entries.js';
import { MemoryTier } from './memory-tier.js';
import { type FenceDocument, MongoFenceLog } from './mongo-fence-log.js';
import { RedisTagStore } from './redis-tag-store.js';
import { SettlingTagStore } from './settling-tag-store.js';
import { RedisTier } from './shared-tier.js';
import { CacheStatistics } from './statistics.js';
import { TagVersions } from './tag-versions.js';

export interface CacheOptions {
  /** For entries. */
  readonly redis: Redis;
  /** For versions; `writers` is used by nothing else, and both have a command timeout. */
  readonly tags: { readonly readers: Redis; readonly writers: Redis };
  readonly fences: Collection<FenceDocument>;
  /** Keys of caches with different namespaces don't meet. */
  readonly namespace: string;
  /** What entries look like: those of another schema aren't seen. */
  readonly schema: string;
  readonly resources: readonly string[];
  readonly enabled: boolean;
  readonly memoryBytes: number;
  readonly writePolicy: WritePolicy;
  /** How long a store that has lost its memory is left alone; {@link SETTLE_MS} unless a test can't wait. */
  readonly settleMs?: number;
  /** Told what an operator must know. */
  readonly warn: (line: string) => void;
}

const NOTE_EVERY_MS = 30_000;

/** The cache of one process: all parts, connected to Redis and MongoDB. */
export class Cache {
  readonly reads: CoherentCache;
  readonly writes: CoherentWrites;
  readonly service: CacheService;
  readonly statistics = new CacheStatistics();
  readonly memory: MemoryTier;
  readonly fenceLog: MongoFenceLog;
  private readonly versions: TagVersions;
  private readonly fences: Fences;
  private readonly warn: (line: string) => void;
  private readonly hot: HotEntries;
  private readonly store: RedisTagStore;
  private readonly stopping = new AbortController();
  private current: 'off' | 'warming' | 'warm';

  constructor({
    redis,
    tags,
    fences,
    namespace,
    schema,
    resources,
    enabled,
    memoryBytes,
    writePolicy,
    settleMs,
    warn,
  }: CacheOptions) {
    this.warn = warn;
    this.current = enabled ? 'warming' : 'off';
    this.store = new RedisTagStore(tags.readers, tags.writers);
    const store = new SettlingTagStore(this.store, () => this.store.ageMs(), clock, settleMs);
    this.fenceLog = new MongoFenceLog(fences);
    this.fences = new Fences(this.fenceLog, (renewed) => store.release(renewed, 'nobody'), clock);
    this.versions = new TagVersions(store, this.fences);
    this.memory = new MemoryTier(memoryBytes);
    const shared = new RedisTier(redis, namespace, schema);
    const { memory, statistics, versions } = this;
    this.hot = new HotEntries(redis, namespace, memory, shared, statistics);
    this.reads = new CoherentCache({ versions: enabled ? versions : NO_VERSIONS, memory, shared, statistics });
    this.writes = new CoherentWrites(store, this.fenceLog, writePolicy, clock, () => !versions.available);
    this.service = new CacheService({ reads: this.reads, writes: this.writes, memory, shared, statistics, resources });
  }

  /** Whether {@link start} has taken what is asked for most; `off` where nothing is cached. */
  get state(): 'off' | 'warming' | 'warm' {
    return this.current;
  }

  /** The keys of what is asked for most, in this process and the others; never rejects. */
  hottestKeys(): Promise<readonly string[]> {
    return this.hot.keys();
  }

  /** Begins to read the fences; until the first reading nothing is served from the cache. */
  async start(): Promise<void> {
    await this.fenceLog.prepare();
    await this.fences.check();
    await Promise.all([traceJob('hot_entries.take', () => this.hot.take()), this.examineStore()]);
    if (this.current === 'warming') this.current = 'warm';
    void this.repeat(CHECK_EVERY_MS, () => this.fences.check());
    void this.repeat(NOTE_EVERY_MS, () =>
      Promise.all([traceJob('hot_entries.note', () => this.hot.note()), this.examineStore()]),
    );
  }

  stop(): void {
    this.stopping.abort();
    this.versions.stop();
    this.writes.stop();
  }

  /** Work that fails is tried again the next time: without the fences nothing is served from the cache meanwhile. */
  private async repeat(everyMs: number, work: () => Promise<unknown>): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await sleep(everyMs, undefined, { ref: false, signal }).catch(() => undefined);
      if (!signal.aborted) await work().catch(() => undefined);
    }
  }

  private async examineStore(): Promise<void> {
    const loses = await this.store.mayLoseMarks().catch(() => false);
    if (loses && !this.versions.suspended) {
      this.warn(
        'Redis evicts keys that do not expire (maxmemory-policy allkeys-*), so nothing is served from the cache: choose noeviction or volatile-*, or name another Redis in CACHE_VERSIONS_REDIS_URL',
      );
    }
    this.versions.suspended = loses;
  }
}

const clock: Clock = { now: () => performance.now(), sleep: (ms) => sleep(ms) };

const NO_VERSIONS = { fetch: () => Promise.resolve(undefined), stillHold: () => false };
