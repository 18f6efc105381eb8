import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { ClientSession } from 'mongodb';
import { type CacheParts, CoherentCache } from '../../../src/common/cache/coherent-cache.js';
import { type Clock, type Fence, Fences, LEASE_MS } from '../../../src/common/cache/fences.js';
import type { Entry } from '../../../src/common/cache/memory-tier.js';
import type { MongoFenceLog } from '../../../src/common/cache/mongo-fence-log.js';
import { SettlingTagStore } from '../../../src/common/cache/settling-tag-store.js';
import type { TagStore } from '../../../src/common/cache/tag-store.js';
import { READ_LEASE_MS, TagVersions, type Versions } from '../../../src/common/cache/tag-versions.js';
import {
  BypassJoinsLoadUnderWay,
  FencesThatDoNotMark,
  FlightsByKeyAlone,
  JoinsSentQuestion,
  releasedBeforeCommit,
  sleepingOnly,
  VersionsAfterLoad,
  withoutMark,
} from '../support/broken-parts.js';
import { SETTLE_MS } from './times.js';

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

/** What was confirmed is served for longer than a write waits: as if none waited, where commits are quicker than here. */
class LongReadLease extends CoherentCache {
  override async confirm(entry: Entry): Promise<true | Versions | undefined> {
    const confirmed = await super.confirm(entry);
    if (confirmed === true) entry.lease = { ...entry.lease, untilMs: entry.lease.untilMs + 10 * READ_LEASE_MS };
    return confirmed;
  }
}

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

const notBehindFences = (clock: Clock): Clock => sleepingOnly(clock, (ms) => ms < LEASE_MS);

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
