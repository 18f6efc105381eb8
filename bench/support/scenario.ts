import type { Comparison } from './compare.js';

/** What all scenarios of a run share. */
export interface Bench {
  readonly adminKey: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Of one round. */
  readonly seconds: number;
  readonly rounds: number;
}

/** One comparison with a peer, in one run. */
export interface Scenario {
  readonly title: string;
  readonly subject: string;
  readonly peer: string;
  /** The ratio that is aimed at. */
  readonly aim: number;
  /** A ratio under this fails the run: so far under what is measured that noise doesn't reach it. */
  readonly floor: number;
  run(bench: Bench): Promise<Comparison>;
}

/** What is measured against bounds of its own, with no peer: a rate of hits, a size. */
export interface Gauge {
  readonly title: string;
  run(bench: Bench): Promise<readonly Figure[]>;
}

export interface Figure {
  readonly name: string;
  /** Of each round, or of each process. */
  readonly measured: readonly number[];
  /** What they come to, which is compared with the bounds. */
  readonly figure: number;
  readonly better: 'higher' | 'lower';
  readonly aim: number;
  /** A figure that is worse than this fails the run. */
  readonly bound: number;
}
