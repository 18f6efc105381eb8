import { closedLoop } from '../support/closed-load.js';
import { paced } from '../support/paced-load.js';
import { processorMsOfService, TICK_MS } from '../support/processor-time.js';
import type { Program } from '../support/program.js';
import type { ComparedLoad, Stock } from './loads.js';

/** What is compared, all in milliseconds a request, so that less is better. */
export const METRICS = ['closed loop', 'processor', 'p50', 'p95'] as const;

export type Metric = (typeof METRICS)[number];

/** One round of one service. */
export type Measured = Readonly<Record<Metric, number>>;

/** A service with what it was filled with, and a key to its /metrics. */
export interface Subject {
  readonly program: Program;
  readonly stock: Stock;
  readonly adminKey: string;
}

/**
 * A round in a closed loop, which gives throughput (as its inverse) and the processor time of the service, then one at a fixed
 * rate of arrivals for latency. Any unexpected answer throws.
 */
export async function measure(
  { program, stock, adminKey }: Subject,
  load: ComparedLoad,
  arrivals: number,
  seconds: number,
): Promise<Measured> {
  const { connections } = load;
  const requests = load.requests(stock);
  const before = await processorMsOfService(program, adminKey);
  const { throughput } = await closedLoop(program, { requests, connections, seconds });
  // A round that stalled as a whole took at least its length.
  const perSecond = Math.max(throughput, 1 / seconds);
  const spent = (await processorMsOfService(program, adminKey)) - before;
  const flows = requests.map((request) => ({ steps: [{ name: load.title, ...request }] }));
  const { latency } = await paced(program, { flows, arrivals, seconds, connections });
  return {
    'closed loop': 1000 / perSecond,
    processor: Math.max(spent, TICK_MS) / (perSecond * seconds),
    p50: latency.p50,
    p95: latency.p95,
  };
}

/** Requests a second in a closed loop, of a service that is made warm by it. */
export async function warmUp({ program, stock }: Subject, load: ComparedLoad, seconds: number): Promise<number> {
  const { connections } = load;
  return (await closedLoop(program, { requests: load.requests(stock), connections, seconds })).throughput;
}
