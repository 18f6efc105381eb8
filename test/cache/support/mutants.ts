import { type CacheParts, type CacheRef, CoherentCache, type Found } from '../../../src/common/cache/coherent-cache.js';
import { type Clock, Fences, LEASE_MS } from '../../../src/common/cache/fences.js';
import { Flights } from '../../../src/common/cache/flights.js';
import type { Entry } from '../../../src/common/cache/memory-tier.js';
import type { Payload } from '../../../src/common/cache/payload.js';
import type { TagStore } from '../../../src/common/cache/tag-store.js';
import { READ_LEASE_MS, TagVersions, type Versions } from '../../../src/common/cache/tag-versions.js';
import type { Design } from './design.js';
import { Transaction } from './register-database.js';
import { TagServer, type TagState } from './tag-server.js';

type Load = () => Promise<Payload>;

/** Looks for the versions that the entry is stored under when its data is there already. */
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

/** While the tag is being written, joins a load that is under way. */
class BypassJoinsLoadUnderWay extends CoherentCache {
  private readonly underWay = new Flights<Payload>();

  override async bypass(ref: CacheRef, load: Load): Promise<Found> {
    const payload = await this.underWay.join(ref.key, load);
    return { ref, payload, stamp: undefined, outcome: 'BYPASS' };
  }
}

/** Joins a question for versions that has been sent. */
class JoinsSentTurn extends TagVersions {
  private readonly sent = new Flights<Versions | undefined>();

  override fetch(tags: readonly string[]): Promise<Versions | undefined> {
    return this.sent.join(tags.join(' '), () => super.fetch(tags));
  }
}

/** A mark replaces that of another writer, and whoever is done first takes it away. */
class LastWriterMarks extends TagServer {
  protected override marked(_state: TagState | undefined, writer: string, deadline: number): TagState {
    return new Map([[writer, deadline]]);
  }

  protected override left(): ReadonlyMap<string, number> {
    return new Map();
  }
}

/** After a failover the versions look as before. */
class WithoutEpoch extends TagServer {
  override get memory(): string {
    return 'memory';
  }
}

/** The write doesn't fail when its fence has been ended by others. */
class EndsFenceAfterwards extends Transaction {
  private afterwards: string | undefined;

  override async endFence(id: string): Promise<void> {
    this.afterwards = id;
  }

  protected override apply(): number {
    const value = super.apply();
    if (this.afterwards !== undefined) this.database.end(this.afterwards);
    return value;
  }
}

/** The lease begins when the answer comes. */
class LeaseFromAnswer extends CoherentCache {
  constructor(
    parts: CacheParts,
    private readonly clock: () => number,
    random: () => number,
  ) {
    super(parts, clock, random);
  }

  override async confirm(entry: Entry): Promise<true | Versions | undefined> {
    const confirmed = await super.confirm(entry);
    if (confirmed === true) entry.lease = { ...entry.lease, untilMs: this.clock() + READ_LEASE_MS };
    return confirmed;
  }
}

/** Believes versions from before a fence. */
class OneGeneration extends Fences {
  override get generation(): number {
    return 0;
  }
}

/** Nobody was told of the write. */
class IgnoresFence extends Transaction {
  override async endFence(): Promise<void> {}
}

/** Serves from the cache however long ago it has read the fences. */
class WithoutLease extends Fences {
  override maybeServed(): boolean {
    return true;
  }
}

/** Reads the fences, and serves what is being written. */
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

const releasedBeforeCommit = (store: TagStore): TagStore => ({
  fetch: (tags) => store.fetch(tags),
  mark: async (tags, writer, ttlMs) => {
    await store.mark(tags, writer, ttlMs);
    await store.release(tags, writer);
  },
  release: async () => undefined,
});

const sleepingOnly = (clock: Clock, isTime: (ms: number) => boolean): Clock => ({
  now: () => clock.now(),
  sleep: async (ms) => {
    if (isTime(ms)) await clock.sleep(ms);
  },
});

/** Caches that are wrong in one thing each. */
export const MUTANTS = {
  versionsAfterLoad: { cache: (...parts) => new VersionsAfterLoad(...parts) },
  noMark: { marks: withoutMark },
  lastWriterMark: { tagServer: (clock) => new LastWriterMarks(clock) },
  releaseBeforeCommit: { marks: releasedBeforeCommit },
  flightsByKey: { cache: (...parts) => new FlightsByKeyAlone(...parts) },
  bypassJoins: { cache: (...parts) => new BypassJoinsLoadUnderWay(...parts) },
  noEpoch: { tagServer: (clock) => new WithoutEpoch(clock) },
  joinsSentTurn: { versions: (...parts) => new JoinsSentTurn(...parts) },
  noFence: {
    writersFences: () => ({ open: async () => undefined, end: async () => undefined, changed: async () => [] }),
    writersClock: (clock) => sleepingOnly(clock, (ms) => ms < LEASE_MS),
    transaction: (...parts) => new IgnoresFence(...parts),
  },
  noWait: { writersClock: (clock) => sleepingOnly(clock, (ms) => ms < LEASE_MS) },
  noWaitForReadLease: { writersClock: (clock) => sleepingOnly(clock, (ms) => ms >= LEASE_MS) },
  leaseFromAnswer: { cache: (...parts) => new LeaseFromAnswer(...parts) },
  noSettling: { settling: (store) => store },
  oneGeneration: { fences: (...parts) => new OneGeneration(...parts) },
  noLease: { fences: (...parts) => new WithoutLease(...parts) },
  fencesDoNotMark: { fences: (...parts) => new FencesThatDoNotMark(...parts) },
  endsFenceAfterwards: { transaction: (...parts) => new EndsFenceAfterwards(...parts) },
  resumesWithOldVersions: { fences: (log, _renew, clock) => new Fences(log, async () => undefined, clock) },
} satisfies Record<string, Partial<Design>>;
