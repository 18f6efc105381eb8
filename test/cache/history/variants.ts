import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { ClientSession } from 'mongodb';
import { type CacheParts, type CacheRef, CoherentCache, type Found } from '../../../src/common/cache/coherent-cache.js';
import { type Clock, type Fence, Fences, LEASE_MS } from '../../../src/common/cache/fences.js';
import { Flights } from '../../../src/common/cache/flights.js';
import type { Entry } from '../../../src/common/cache/memory-tier.js';
import type { MongoFenceLog } from '../../../src/common/cache/mongo-fence-log.js';
import type { Payload } from '../../../src/common/cache/payload.js';
import { SettlingTagStore } from '../../../src/common/cache/settling-tag-store.js';
import type { TagStore } from '../../../src/common/cache/tag-store.js';
import { READ_LEASE_MS, TagVersions, type Versions } from '../../../src/common/cache/tag-versions.js';
import { SETTLE_MS } from './times.js';

type Load = () => Promise<Payload>;
type Renew = (tags: readonly string[]) => Promise<void>;
/** A log of fences, with what a transaction does to it. */
type Log = Pick<MongoFenceLog, keyof MongoFenceLog>;

/** The parts of a cache that a broken one makes another way. */
interface Makers {
  readonly store: (store: TagStore, writers: Redis) => TagStore;
  readonly settling: (store: TagStore, ageMs: () => Promise<number>, clock: Clock) => TagStore;
  readonly fenceLog: (log: Log) => Log;
  readonly writersClock: (clock: Clock) => Clock;
  readonly fences: (log: Log, renew: Renew, clock: Clock) => Fences;
  readonly versions: (store: TagStore, fences: Fences) => TagVersions;
  readonly reads: (parts: CacheParts) => CoherentCache;
}

const AS_IT_IS: Makers = {
  store: (store) => store,
  settling: (store, ageMs, clock) => new SettlingTagStore(store, ageMs, clock, SETTLE_MS),
  fenceLog: (log) => log,
  writersClock: (clock) => clock,
  fences: (log, renew, clock) => new Fences(log, renew, clock),
  versions: (store, fences) => new TagVersions(store, fences),
  reads: (parts) => new CoherentCache(parts),
};

/** Asks for the versions that the entry is stored under when its data is there already. */
class VersionsAfterLoad extends CoherentCache {
  override async read(ref: CacheRef, load: Load): Promise<Found> {
    const [lookup] = await this.mget([ref]);
    if (lookup?.payload !== undefined) return { ...lookup, payload: lookup.payload, outcome: 'HIT' };
    const payload = await load();
    const stamp = (await this.versions(ref.tags))?.stampOf(ref.tags) ?? undefined;
    this.mset([[{ ref, payload: undefined, stamp }, payload]]);
    return { ref, payload, stamp, outcome: 'MISS' };
  }
}

/** Joins any load of the key, also one that began under other versions. */
class FlightsByKeyAlone extends CoherentCache {
  private readonly byKey = new Flights<Payload>();

  override async read(ref: CacheRef, load: Load): Promise<Found> {
    const [lookup] = await this.mget([ref]);
    if (lookup?.payload !== undefined) return { ...lookup, payload: lookup.payload, outcome: 'HIT' };
    const payload = await this.byKey.join(ref.key, load);
    this.mset([[{ ref, payload: undefined, stamp: lookup?.stamp }, payload]]);
    return { ref, payload, stamp: lookup?.stamp, outcome: 'MISS' };
  }
}

/** While a tag is being written, joins a load that is under way. */
class BypassJoinsLoadUnderWay extends CoherentCache {
  private readonly underWay = new Flights<Payload>();

  override async bypass(ref: CacheRef, load: Load): Promise<Found> {
    const payload = await this.underWay.join(ref.key, load);
    return { ref, payload, stamp: undefined, outcome: 'BYPASS' };
  }
}

/** Joins a question for versions that has been sent. */
class JoinsSentQuestion extends TagVersions {
  private readonly sent = new Flights<Versions | undefined>();

  override fetch(tags: readonly string[]): Promise<Versions | undefined> {
    return this.sent.join(tags.join(' '), () => super.fetch(tags));
  }
}

/** What was confirmed is served for longer than a write waits: as if none waited, where commits are quicker than here. */
class LongReadLease extends CoherentCache {
  override async confirm(entry: Entry): Promise<true | Versions | undefined> {
    const confirmed = await super.confirm(entry);
    if (confirmed === true) entry.lease = { ...entry.lease, untilMs: entry.lease.untilMs + 10 * READ_LEASE_MS };
    return confirmed;
  }
}

/** Reads the fences, and serves what is being written behind them. */
class FencesThatDoNotMark extends Fences {
  override isFenced(): boolean {
    return false;
  }
}

const withoutMark = (store: TagStore): TagStore => ({
  fetch: (tags) => store.fetch(tags),
  mark: async () => undefined,
  release: (tags, writer) => store.release(tags, writer),
});

/** A mark replaces that of another writer, and whoever is done first takes it away. */
const lastWriterMarks = (store: TagStore, writers: Redis): TagStore => ({
  fetch: (tags) => store.fetch(tags),
  mark: async (tags, writer, ttlMs) => {
    await Promise.all(tags.map((tag) => writers.set(tag, `~${writer}=${Date.now() + ttlMs}`)));
  },
  release: async (tags) => {
    await Promise.all(tags.map((tag) => writers.set(tag, randomUUID())));
  },
});

const releasedBeforeCommit = (store: TagStore): TagStore => ({
  fetch: (tags) => store.fetch(tags),
  mark: async (tags, writer, ttlMs) => {
    await store.mark(tags, writer, ttlMs);
    await store.release(tags, writer);
  },
  release: async () => undefined,
});

/** After a restart or a failover versions look as before. */
const withoutEpoch = (store: TagStore): TagStore => ({
  fetch: async (tags) => (await store.fetch(tags)).map((version) => version?.replace(/^[^:]*:/, '') ?? null),
  mark: (tags, writer, ttlMs) => store.mark(tags, writer, ttlMs),
  release: (tags, writer) => store.release(tags, writer),
});

/** Nobody is told of the write. */
const noLog = (log: Log): Log => ({
  prepare: () => log.prepare(),
  open: async () => undefined,
  end: async () => undefined,
  endWithin: async (_session: ClientSession) => undefined,
  changed: async (): Promise<readonly Fence[]> => [],
});

const notBehindFences = (clock: Clock): Clock => ({
  now: () => clock.now(),
  sleep: async (ms) => {
    if (ms < LEASE_MS) await clock.sleep(ms);
  },
});

const VARIANTS = {
  'nothing broken': {},
  'versions read after the load': { reads: (parts) => new VersionsAfterLoad(parts) },
  'a read lease that is longer than writes wait': { reads: (parts) => new LongReadLease(parts) },
  'no settling': { settling: (store) => store },
  'no mark': { store: withoutMark },
  'a mark of the last writer only': { store: lastWriterMarks },
  'release before the commit': { store: releasedBeforeCommit },
  'flights by key alone': { reads: (parts) => new FlightsByKeyAlone(parts) },
  'a bypass that joins a load under way': { reads: (parts) => new BypassJoinsLoadUnderWay(parts) },
  'a question for versions that joins one sent before': {
    versions: (store, fences) => new JoinsSentQuestion(store, fences),
  },
  'no epoch': { store: withoutEpoch },
  'no fence': { fenceLog: noLog, writersClock: notBehindFences },
  'no wait behind the fence': { writersClock: notBehindFences },
  'a fence that does not mark': { fences: (log, renew, clock) => new FencesThatDoNotMark(log, renew, clock) },
  'no fresh versions after a fence': { fences: (log, _renew, clock) => new Fences(log, async () => undefined, clock) },
} satisfies Record<string, Partial<Makers>>;

/** The ways to break the cache that the history must tell, and one that breaks nothing. */
export type Variant = keyof typeof VARIANTS;

export const variantOf = (variant: Variant): Makers => ({ ...AS_IT_IS, ...VARIANTS[variant] });
