import type { Outcome } from '../../../src/common/cache/coherent-cache.js';
import type { Variant } from './variants.js';

/** What a process does in a closed loop, over and over. */
export interface Workload {
  readonly lists: number;
  /** Registers of each list. */
  readonly members: number;
  readonly readers: number;
  readonly writers: number;
  /** The most that a reader or a writer rests between two operations, in ms. */
  readonly readersRestMs: number;
  readonly writersRestMs: number;
  /** The most that the database takes longer, in ms: for a load (before it and after it), a commit, a commit's answer. */
  readonly loadMs: number;
  readonly commitMs: number;
  readonly answerMs: number;
  /** What a process may keep in its memory. */
  readonly memoryBytes: number;
}

/** What a worker is started with. */
export interface WorkerSettings {
  readonly mongodbUri: string;
  readonly database: string;
  readonly redisPort: number;
  readonly workload: Workload;
  /** The service's cache, unless a broken one is asked for. */
  readonly variant: Variant | undefined;
}

/** Times are microseconds of the machine's monotonic clock, which all its processes share. */
export type Report =
  | { readonly kind: 'ready' | 'resting' | 'read all' }
  | { readonly kind: 'begun'; readonly write: number }
  /** The id of a session of the database that writes are made in. */
  | { readonly kind: 'session'; readonly id: string }
  | {
      readonly kind: 'written';
      readonly write: number;
      readonly fenced: boolean;
      readonly values: Values;
      readonly invokedAt: number;
      readonly respondedAt: number;
    }
  | { readonly kind: 'not written'; readonly write: number; readonly reason: string }
  | {
      readonly kind: 'read';
      readonly way: Way;
      readonly values: Values;
      readonly invokedAt: number;
      readonly respondedAt: number;
    }
  | { readonly kind: 'failed'; readonly way: Way; readonly reason: string };

export type Order = 'work' | 'rest' | 'read all' | 'commit slowly' | 'commit quickly';

/** Registers, the versions that they had, and how a read came by them. */
export type Values = readonly (readonly [key: string, version: number, outcome?: Outcome])[];

/** How registers are read: by the calls of the service. */
export type Way = 'one' | 'list' | 'many' | 'looked up' | 'page';

export const nowMicros = (): number => Number(process.hrtime.bigint() / 1_000n);
