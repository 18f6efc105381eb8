import type { GaugeResult } from '../support/results.js';
import type { Bench, Gauge } from '../support/scenario.js';
import { hitRatesUnderWrites } from './hit-rates.js';
import { invalidation } from './invalidation.js';
import { memoryBound } from './memory-bound.js';
import { observability } from './observability.js';

const GAUGES: Readonly<Record<string, Gauge>> = {
  'hit rates': hitRatesUnderWrites,
  'memory tier': memoryBound,
  invalidation,
  observability,
};

/** Everything that is a figure of its own. */
export async function gauges(bench: Bench): Promise<GaugeResult[]> {
  const results: GaugeResult[] = [];
  for (const [gauge, { title, run }] of Object.entries(GAUGES)) {
    bench.step(title);
    results.push({ gauge, title, figures: await run(bench) });
  }
  return results;
}
