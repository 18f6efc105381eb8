import { type CacheParts, CoherentCache } from '../../../src/common/cache/coherent-cache.js';
import { type Clock, type FenceLog, Fences } from '../../../src/common/cache/fences.js';
import type { TagStore } from '../../../src/common/cache/tag-store.js';
import { TagVersions } from '../../../src/common/cache/tag-versions.js';
import { Transaction } from './register-database.js';
import { TagServer } from './tag-server.js';

type Renew = (tags: readonly string[]) => Promise<void>;
type EndOfTurn = (send: () => void) => void;

/** The parts that the processes are made of, so that a mutant can have one of another make. */
export interface Design {
  readonly tagServer: (clock: Clock) => TagServer;
  /** What writers see of the tags. */
  readonly marks: (store: TagStore) => TagStore;
  /** What writers see of the fences. */
  readonly writersFences: (log: FenceLog) => FenceLog;
  readonly writersClock: (clock: Clock) => Clock;
  readonly transaction: (...parts: ConstructorParameters<typeof Transaction>) => Transaction;
  readonly fences: (log: FenceLog, renew: Renew, clock: Clock) => Fences;
  readonly versions: (store: TagStore, fences: Fences, atEndOfTurn: EndOfTurn) => TagVersions;
  readonly cache: (parts: CacheParts, now: () => number, random: () => number) => CoherentCache;
}

/** The service as it is. */
export const REAL: Design = {
  tagServer: (clock) => new TagServer(clock),
  marks: (store) => store,
  writersFences: (log) => log,
  writersClock: (clock) => clock,
  transaction: (...parts) => new Transaction(...parts),
  fences: (log, renew, clock) => new Fences(log, renew, clock),
  versions: (store, fences, atEndOfTurn) => new TagVersions(store, fences, atEndOfTurn),
  cache: (parts, now, random) => new CoherentCache(parts, now, random),
};
