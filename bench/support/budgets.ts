import type { Part, Results } from './results.js';

/** A bound of one figure. A figure that is worse than its aim is missed, one beyond its bound fails. */
export interface Budget {
  readonly least?: number;
  readonly most?: number;
  /** What is hoped for; tells, but doesn't fail. */
  readonly aim?: number;
  /** It is a time of MongoDB's own: that of a stand-in says nothing. */
  readonly ofMongod?: boolean;
}

/** `bench/thresholds.json`: budgets of each part of a run, by the names of figures. */
export type Thresholds = Readonly<Record<Part, Readonly<Record<string, Budget>>>>;

/** A budget, and what became of it. */
export interface Judged extends Budget {
  readonly figure: string;
  /** null: not measured. */
  readonly value: number | null;
  readonly holds: boolean;
  /** Whether it counts: absolute times say nothing on a machine that is too slow. */
  readonly judged: boolean;
  readonly note?: string;
}

/**
 * Answers a second that node:http gives on a machine whose absolute times are judged. On a slower one, or one that others
 * keep busy, only ratios and shares are.
 */
const LEAST_OF_NODE = 8000;

/** Holds every budget against the figures of a run; what was not measured doesn't hold. */
export function judge(results: Results, thresholds: Thresholds): readonly Judged[] {
  const figures = figuresOf(results);
  const node = figures.get('cached list, gzip: requests/s of node:http') ?? Number.POSITIVE_INFINITY;
  const isMongod = results.machine.mongodb.startsWith('mongod ');
  const standIn = `a time of mongod, which this is not: ${results.machine.mongodb}`;
  const slow = `this machine is too slow to tell: node:http gives ${Math.round(node)} answers a second`;
  return Object.values(thresholds).flatMap((budgets) =>
    Object.entries(budgets).map(([figure, budget]) => {
      const value = figures.get(figure) ?? null;
      const absolute = / ms$|: requests\/s$/.test(figure);
      const note = budget.ofMongod && !isMongod ? standIn : absolute && node < LEAST_OF_NODE ? slow : undefined;
      const judged = value === null || note === undefined;
      return { figure, ...budget, value, holds: within(value, budget), judged, ...(note !== undefined && { note }) };
    }),
  );
}

/** Those that count, and don't hold. */
export const failing = (judged: readonly Judged[]): readonly Judged[] =>
  judged.filter((each) => each.judged && !each.holds);

const within = (value: number | null, { least, most }: Budget): boolean =>
  value !== null && value >= (least ?? Number.NEGATIVE_INFINITY) && value <= (most ?? Number.POSITIVE_INFINITY);

/** Whether it is as good as is hoped for. */
export const reachesAim = ({ value, least, aim }: Judged): boolean =>
  aim === undefined || (value !== null && (least === undefined ? value <= aim : value >= aim));

/** Every figure of a run that a budget can name, such as `GET /clinics/:id, warm: p95 ms`. */
export function figuresOf(results: Results): ReadonlyMap<string, number> {
  return new Map([
    ...(results.routes ?? []).flatMap(({ route, temperature, latency, throughput, hits }) =>
      named(`${route}, ${temperature}`, { 'p95 ms': latency.p95, 'requests/s': throughput, hits }),
    ),
    ...(results.connections ?? []).flatMap(({ load, connections, throughput }) =>
      named(`${load}, ${connections} connections`, { 'requests/s': throughput }),
    ),
    ...(results.flows ?? []).flatMap(({ flow, latency, steps }) => [
      ...named(flow, { 'p95 ms': latency.p95 }),
      ...steps.flatMap(({ step, latency: ofStep }) => named(`${flow}: ${step}`, { 'p95 ms': ofStep.p95 })),
    ]),
    ...(results.phases ?? []).flatMap(({ phase, throughput, latency, hits, errors }) =>
      named(phase, { 'requests/s': throughput, 'p95 ms': latency.p95, hits, errors }),
    ),
    ...(results.database ?? []).flatMap(({ kind, p95 }) => named(`database, ${kind}`, { 'p95 ms': p95 })),
    ...(results.peers ?? []).flatMap(({ load, programs }) =>
      programs.flatMap(({ program, median, serviceRatio, processorRatio }) =>
        named(load, {
          [`requests/s of ${program}`]: median,
          [`over ${program}`]: serviceRatio,
          ...(processorRatio !== null && { [`over ${program}, by processor time`]: processorRatio }),
        }),
      ),
    ),
    ...(results.gauges ?? []).flatMap(({ gauge, figures }) =>
      figures.flatMap(({ name, figure }) => named(gauge, { [name]: figure })),
    ),
    ...(results.leak
      ? named('leak', {
          'heap bytes a request': results.leak.heapSlope,
          'resident bytes a request': results.leak.residentSlope,
        })
      : []),
  ]);
}

const named = (of: string, figures: Readonly<Record<string, number>>): readonly (readonly [string, number])[] =>
  Object.entries(figures).map(([name, value]) => [`${of}: ${name}`, value]);
