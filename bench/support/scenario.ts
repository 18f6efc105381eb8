import type { GaugeResult } from './results.js';

/** What all scenarios of a run share. */
export interface Bench {
  readonly adminKey: string;
  /** Variables of a service over an empty database. */
  readonly environment: Readonly<Record<string, string>>;
  /** Variables of a service over the seeded directory. */
  readonly directory: Readonly<Record<string, string>>;
  /** Of one round. */
  readonly seconds: number;
  readonly rounds: number;
  /** Tells what is measured next. */
  readonly step: (name: string) => void;
}

export type Figure = GaugeResult['figures'][number];

/** What is measured with no peer: a rate of hits, a size. */
export interface Gauge {
  readonly title: string;
  run(bench: Bench): Promise<readonly Figure[]>;
}
