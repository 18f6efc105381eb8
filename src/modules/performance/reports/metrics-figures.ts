import type { QueryTally } from '../../../common/database/query-monitor.js';
import type { RequestTally } from '../../../common/observability/request-metrics.js';
import type { Sketch } from '../../../common/observability/sketch.js';

/** Of nothing all are 0. Percentiles are right to within 2 %, all else exactly. */
export interface DurationFigures {
  readonly meanMs: number;
  readonly minMs: number;
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly totalMs: number;
}

export interface RequestFigures {
  readonly count: number;
  readonly ratePerSecond: number;
  /** Answered 5xx. */
  readonly errors: number;
  /** Answered 4xx. */
  readonly refused: number;
  /** How many answers had each status. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly durations: DurationFigures;
  readonly queriesPerRequest: number;
  /** Of the bodies, as they were sent. */
  readonly bytes: number;
  /** Answers from the cache: `X-Cache: HIT`. */
  readonly hits: number;
  readonly hitShare: number;
}

export interface QueryFigures {
  readonly count: number;
  readonly ratePerSecond: number;
  readonly slow: number;
  readonly failed: number;
  readonly durations: DurationFigures;
}

/** @param seconds how long it was that the tally was made */
export function requestFigures(tally: RequestTally, seconds: number): RequestFigures {
  const { count, statuses, bytes, queries, hits, errors } = tally;
  const inOrder = [...statuses].toSorted(([a], [b]) => a - b);
  return {
    count,
    ratePerSecond: rounded(count / Math.max(1, seconds)),
    errors,
    refused: inOrder.reduce((sum, [status, of]) => (status >= 400 && status < 500 ? sum + of : sum), 0),
    statuses: Object.fromEntries(inOrder),
    durations: durationFigures(tally.durations),
    queriesPerRequest: rounded(queries / Math.max(1, count)),
    bytes,
    hits,
    hitShare: rounded(hits / Math.max(1, count)),
  };
}

/** @param seconds how long it was that the tally was made */
export const queryFigures = ({ durations, slow, failed }: QueryTally, seconds: number): QueryFigures => ({
  count: durations.count,
  ratePerSecond: rounded(durations.count / Math.max(1, seconds)),
  slow,
  failed,
  durations: durationFigures(durations),
});

function durationFigures(durations: Sketch): DurationFigures {
  const quantile = (share: number) => rounded(durations.quantile(share));
  return {
    meanMs: rounded(durations.mean),
    minMs: durations.count === 0 ? 0 : rounded(durations.min),
    p50Ms: quantile(0.5),
    p90Ms: quantile(0.9),
    p95Ms: quantile(0.95),
    p99Ms: quantile(0.99),
    maxMs: rounded(durations.max),
    totalMs: rounded(durations.sum),
  };
}

/** To a thousandth. */
export const rounded = (figure: number): number => Math.round(figure * 1000) / 1000;
