import { fewAtOnce } from '../resilience/few-at-once.js';
import type { CacheRef, CoherentCache, Lookup } from './coherent-cache.js';
import type { CoherentWrites } from './coherent-writes.js';
import type { MemoryTier } from './memory-tier.js';
import { Payload } from './payload.js';
import type { SharedTier } from './shared-tier.js';
import type { CacheStatistics } from './statistics.js';
import { resourceTag, tenantTag } from './tags.js';

/** What `clear` gives up: everything, the entries of one resource, or those that one organization's principals see. */
export type Scope = 'all' | { readonly resource: string } | { readonly tenant: string };

/** Something to have in the cache before it is asked for. */
export interface WarmUp {
  readonly ref: CacheRef;
  readonly load: () => Promise<unknown>;
}

/** A lookup with its value, undefined where nothing was found. `null` is a value: that something isn't there. */
export interface ValueLookup<T> {
  readonly value: T | undefined;
  readonly lookup: Lookup;
}

export interface CacheStats {
  readonly resources: Readonly<Record<string, ResourceStats>>;
  readonly memory: { readonly bytes: number; readonly mostBytes: number; readonly entries: number };
  /** Bytes that Redis uses in all; absent when it can't be asked. */
  readonly redisBytes?: number;
  readonly coherence: { readonly samples: number; readonly violations: number };
  /** Answers that were the last known ones, as nothing could be loaded. */
  readonly degraded: number;
  /** What this process has served most; a key is whose view of the data it is, and a URL. */
  readonly hottest: readonly { readonly key: string; readonly hits: number; readonly bytes: number }[];
}

export interface ResourceStats {
  readonly hits: number;
  readonly misses: number;
  readonly stale: number;
  readonly bypasses: number;
  readonly loads: number;
  readonly loadMeanMs: number;
  readonly loadP95Ms: number;
  readonly hitRate: number;
}

export interface CacheServiceParts {
  readonly reads: CoherentCache;
  readonly writes: CoherentWrites;
  readonly memory: MemoryTier;
  readonly shared: SharedTier;
  readonly statistics: CacheStatistics;
  /** All resources that are cached, by the names that {@link resourceTag} is given. */
  readonly resources: readonly string[];
}

const HOTTEST = 20;

/** The cache for values: whatever JSON can say. What goes out over HTTP is cached as bytes instead, see `CoherentCache`. */
export class CacheService {
  constructor(private readonly parts: CacheServiceParts) {}

  /** The value under the ref, loaded when there is none that holds. Equal loads at the same time are one. */
  async getOrSet<T>(ref: CacheRef, load: () => Promise<T>): Promise<T> {
    const { payload } = await this.parts.reads.read(ref, async () => payloadOf(await load()));
    return decoded<T>(payload);
  }

  /** What is cached under the refs, in one round trip. Each lookup is the permit for {@link mset}. */
  async mget<T>(refs: readonly CacheRef[]): Promise<ValueLookup<T>[]> {
    const lookups = await this.parts.reads.mget(refs);
    return lookups.map((lookup) => ({ lookup, value: lookup.payload && decoded<T>(lookup.payload) }));
  }

  /**
   * Keeps values that were loaded after {@link mget} has looked for them. Without a lookup nothing can be kept: what
   * was loaded before its versions were known may be older than they are.
   */
  mset<T>(values: readonly (readonly [ValueLookup<T>, T])[]): void {
    this.parts.reads.mset(values.map(([{ lookup }, value]) => [lookup, payloadOf(value)]));
  }

  /** The function, cached: calls with the same ref share a value while it holds. */
  wrap<Args extends readonly unknown[], T>(
    load: (...args: Args) => Promise<T>,
    refOf: (...args: Args) => CacheRef,
  ): (...args: Args) => Promise<T> {
    return (...args) => this.getOrSet(refOf(...args), () => load(...args));
  }

  /** Voids everything that depends on one of the tags, in all processes. For writes that go past the service. */
  invalidate(tags: readonly string[]): Promise<void> {
    return this.parts.writes.invalidate(tags);
  }

  /**
   * Loads what isn't cached, a few at a time.
   * @returns how many are cached now; one that can't be loaded is left out
   */
  async warm(wanted: readonly WarmUp[], atOnce = 4): Promise<number> {
    let warmed = 0;
    await fewAtOnce(wanted, atOnce, async ({ ref, load }) => {
      const done = await this.getOrSet(ref, load).then(
        () => 1,
        () => 0,
      );
      warmed += done;
    });
    return warmed;
  }

  /** Gives up entries in all processes. */
  async clear(scope: Scope): Promise<void> {
    const { memory, resources } = this.parts;
    const tags =
      scope === 'all'
        ? resources.map(resourceTag)
        : ['tenant' in scope ? tenantTag(scope.tenant) : resourceTag(scope.resource)];
    await this.invalidate(tags);
    // Those of other processes are void as well, and give way as they are found.
    for (const tag of tags) memory.clear(tag);
  }

  async stats(): Promise<CacheStats> {
    const { memory, shared, statistics } = this.parts;
    const redisBytes = await shared.usedBytes();
    return {
      resources: Object.fromEntries(
        [...statistics.resources].map(([name, { hits, misses, stale, bypasses, loadTimes, hitRate }]) => [
          name,
          {
            hits,
            misses,
            stale,
            bypasses,
            loads: loadTimes.count,
            loadMeanMs: loadTimes.mean,
            loadP95Ms: loadTimes.quantile(0.95),
            hitRate,
          },
        ]),
      ),
      memory: { bytes: memory.bytes, mostBytes: memory.mostBytes, entries: memory.size },
      ...(redisBytes === undefined ? {} : { redisBytes }),
      coherence: { ...statistics.coherence },
      degraded: statistics.degraded,
      hottest: memory.hottest(HOTTEST).map(([key, { hits, payload }]) => ({ key, hits, bytes: payload.bytes })),
    };
  }
}

const payloadOf = (value: unknown): Payload =>
  value === null || value === undefined ? Payload.absent('') : Payload.ofText(JSON.stringify(value));

/** Whoever asks for a value names its type: what was kept is what was loaded. */
const decoded = <T>(payload: Payload): T => JSON.parse(payload.text());
