import type { ClosedLoop } from './closed-load.js';
import type { Program } from './program.js';
import type { Bench } from './scenario.js';

/** Programs that answer the same bytes: the service, or the part of it that is measured, is the first of them. */
export interface Contest {
  readonly load: string;
  readonly connections: number;
  readonly programs: readonly Program[];
  /** Same for all, with the status that each answer must have. */
  readonly requests: ClosedLoop['requests'];
}

/** Starts what is compared, hands it over when all of it answers the same, and stops it when the work is done. */
export type PeersScenario = <Result>(bench: Bench, work: (contest: Contest) => Promise<Result>) => Promise<Result>;
