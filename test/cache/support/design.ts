import { type CacheParts, CoherentCache } from '../../../src/common/cache/coherent-cache.js';
import { type Clock, type FenceLog, Fences } from '../../../src/common/cache/fences.js';
import { SettlingTagStore } from '../../../src/common/cache/settling-tag-store.js';
import type { TagStore } from '../../../src/common/cache/tag-store.js';
import { TagVersions } from '../../../src/common/cache/tag-versions.js';
import { Transaction } from './register-database.js';
import { TagServer } from './tag-server.js';

type Renew = (tags: readonly string[]) => Promise<void>;
type EndOfTurn = (send: () => void) => void;
type VersionsParts = [store: TagStore, fences: Fences, atEndOfTurn: EndOfTurn, now: () => number];

/** The parts that the processes are made of, so that a mutant can have one of another make. */
export interface Design {
  readonly tagServer: (clock: Clock) => TagServer;
  /** What readers see of the tags. */
  readonly settling: (store: TagStore, ageMs: () => Promise<number>, clock: Clock) => TagStore;
  /** What writers see of the tags. */
  readonly marks: (store: TagStore) => TagStore;
  /** What writers see of the fences. */
  readonly writersFences: (log: FenceLog) => FenceLog;
  readonly writersClock: (clock: Clock) => Clock;
  readonly transaction: (...parts: ConstructorParameters<typeof Transaction>) => Transaction;
  readonly fences: (log: FenceLog, renew: Renew, clock: Clock) => Fences;
  readonly versions: (...parts: VersionsParts) => TagVersions;
  readonly cache: (parts: CacheParts, now: () => number, random: () => number) => CoherentCache;
}

/** The service as it is. */
export const REAL: Design = {
  tagServer: (clock) => new TagServer(clock),
  settling: (store, ageMs, clock) => new SettlingTagStore(store, ageMs, clock),
  marks: (store) => store,
  writersFences: (log) => log,
  writersClock: (clock) => clock,
  transaction: (...parts) => new Transaction(...parts),
  fences: (log, renew, clock) => new Fences(log, renew, clock),
  versions: (...parts) => new TagVersions(...parts),
  cache: (parts, now, random) => new CoherentCache(parts, now, random),
};
