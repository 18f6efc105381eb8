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
