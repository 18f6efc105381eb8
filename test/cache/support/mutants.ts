import { type CacheParts, CoherentCache } from '../../../src/common/cache/coherent-cache.js';
import { Fences, LEASE_MS } from '../../../src/common/cache/fences.js';
import type { Entry } from '../../../src/common/cache/memory-tier.js';
import { READ_LEASE_MS, type Versions } from '../../../src/common/cache/tag-versions.js';
import {
  BypassJoinsLoadUnderWay,
  FencesThatDoNotMark,
  FlightsByKeyAlone,
  JoinsSentQuestion,
  releasedBeforeCommit,
  sleepingOnly,
  VersionsAfterLoad,
  withoutMark,
} from './broken-parts.js';
import type { Design } from './design.js';
import { Transaction } from './register-database.js';
import { TagServer, type TagState } from './tag-server.js';

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

/** Caches that are wrong in one thing each. */
export const MUTANTS = {
  versionsAfterLoad: { cache: (...parts) => new VersionsAfterLoad(...parts) },
  noMark: { marks: withoutMark },
  lastWriterMark: { tagServer: (clock) => new LastWriterMarks(clock) },
  releaseBeforeCommit: { marks: releasedBeforeCommit },
  flightsByKey: { cache: (...parts) => new FlightsByKeyAlone(...parts) },
  bypassJoins: { cache: (...parts) => new BypassJoinsLoadUnderWay(...parts) },
  noEpoch: { tagServer: (clock) => new WithoutEpoch(clock) },
  joinsSentTurn: { versions: (...parts) => new JoinsSentQuestion(...parts) },
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
