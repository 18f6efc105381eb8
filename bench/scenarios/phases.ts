import { closedLoopCounting } from '../support/closed-load.js';
import type { SecondOfAnswers } from '../support/flow.js';
import { pacedCounting } from '../support/paced-load.js';
import type { Program } from '../support/program.js';
import type { Latency, PhaseResult, Second } from '../support/results.js';
import type { Bench } from '../support/scenario.js';
import type { SeededGroup } from '../support/seeded-groups.js';
import { type Reading, watch } from '../support/service-watch.js';
import { mixedWithWrites } from './mixed-load.js';

interface Phase {
  readonly phase: string;
  readonly connections: number;
  readonly arrivals?: number;
}

const PHASES: readonly Phase[] = [
  { phase: 'warm-up', connections: 10, arrivals: 50 },
  { phase: 'sustained', connections: 100, arrivals: 300 },
  // As much as it can take.
  { phase: 'peak', connections: 400 },
];

/** In how many requests there is one write. */
const ONE_WRITE_IN = 50;

/** A mixed load that grows, second by second, from caches that are empty, with load shedding as in production. */
export async function phases(bench: Bench, service: Program, groups: readonly SeededGroup[]): Promise<PhaseResult[]> {
  const requests = mixedWithWrites(groups, 2000, ONE_WRITE_IN);
  const seconds = 4 * bench.seconds;
  const results: PhaseResult[] = [];
  for (const [number, phase] of PHASES.entries()) {
    bench.step(phase.phase);
    const watched = watch(service, bench.adminKey);
    const { connections, arrivals } = phase;
    const result =
      arrivals === undefined
        ? await closed(service, { requests, connections, seconds })
        : await open(service, { flows: requests.map((each) => ({ steps: [each] })), connections, arrivals, seconds });
    const readings = await watched.end();
    const timeline = result.timeline
      .slice(0, seconds)
      .map((each) => secondOf(each, readings[each.second], number * seconds));
    const last = readings.at(-1);
    results.push({ ...phase, ...result, hits: last?.hitsSoFar ?? 0, timeline });
  }
  return results;
}

interface Answered {
  readonly throughput: number;
  readonly latency: Latency;
  readonly errors: number;
  readonly timeline: readonly SecondOfAnswers[];
}

async function closed(service: Program, load: Parameters<typeof closedLoopCounting>[1]): Promise<Answered> {
  const { unexpected, ...result } = await closedLoopCounting(service, { ...load, durations: true });
  return { ...result, errors: unexpected };
}

async function open(service: Program, load: Parameters<typeof pacedCounting>[1]): Promise<Answered> {
  const { unexpected, latency, timeline } = await pacedCounting(service, load);
  const all = latency.count + unexpected;
  return { throughput: latency.count / load.seconds, latency, timeline, errors: unexpected / all };
}

/** Nothing but finite figures: those of a second without answers are null. */
function secondOf({ second, latency }: SecondOfAnswers, reading: Reading | undefined, offset: number): Second {
  const known = (value: number | undefined) => (value !== undefined && Number.isFinite(value) ? value : null);
  return {
    second: offset + second,
    throughput: latency.count,
    p50: known(latency.p50),
    p95: known(latency.p95),
    p99: known(latency.p99),
    hits: known(reading?.hits),
    residentMb: known(reading?.residentMb),
    heapMb: known(reading?.heapMb),
    eventLoopMs: known(reading?.eventLoopMs),
  };
}
