import { Sketch } from '../../../common/observability/sketch.js';
import type { TrendsQuery } from './trends-query.js';
import { MINUTE_MS } from './trends-recorder.js';
import type { TrendSample } from './trends-sample.js';

/** How far back one can look, in minutes. */
export const TREND_WINDOWS: Readonly<Record<TrendWindow, number>> = { '15m': 15, '1h': 60, '6h': 360, '24h': 1440 };
export type TrendWindow = TrendsQuery['window'];

/** A minute, or several, of all processes together. What is not known is null. */
export interface TrendPoint {
  /** When it begins. */
  readonly at: string;
  /** How many processes have told of it, at most at once. */
  readonly processes: number;
  readonly requestsPerSecond: number | null;
  readonly errorShare: number | null;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
  readonly queriesPerSecond: number | null;
  readonly slowQueryShare: number | null;
  readonly hitShare: number | null;
  /** The most, of all processes together. */
  readonly poolInUse: number | null;
  /** Of the process that was the latest. */
  readonly eventLoopDelayP99Ms: number | null;
  /** Of all processes together. */
  readonly rssBytes: number | null;
  /** The most of one process. */
  readonly openBreakers: number | null;
  /** The most of one process. */
  readonly firingAlerts: number | null;
}

/** More points than anybody sees: then five minutes become one. */
const MOST_POINTS = 300;
const MERGED = 5;

/** The minutes that an answer speaks of. */
export interface TrendRange {
  /** Minutes since 1970. */
  readonly from: number;
  /** The first one after them. */
  readonly to: number;
  /** Minutes of a point. */
  readonly step: number;
}

/** The window up to the last whole minute; steps of several minutes begin at the same ones for whoever asks. */
export function rangeOf(minutes: number, thisMinute: number): TrendRange {
  const step = minutes > MOST_POINTS ? MERGED : 1;
  const from = Math.ceil((thisMinute - minutes) / step) * step;
  return { from, to: thisMinute, step };
}

/** Adds samples up, whoever wrote them and in whatever order they come. */
export class TrendPoints {
  private readonly minutes = new Map<number, Minute>();

  constructor(private readonly range: TrendRange) {}

  add(sample: TrendSample): void {
    if (sample.minute < this.range.from || sample.minute >= this.range.to) return;
    const minute = this.minutes.get(sample.minute) ?? new Minute();
    this.minutes.set(sample.minute, minute);
    minute.add(sample);
  }

  /** In order of time, with one for each step. */
  get points(): TrendPoint[] {
    const { from, to, step } = this.range;
    return Array.from({ length: Math.max(0, Math.ceil((to - from) / step)) }, (_, at) => {
      const first = from + at * step;
      const known = Array.from({ length: step }, (_none, n) => this.minutes.get(first + n));
      return pointOf(
        first,
        known.filter((minute) => minute !== undefined),
      );
    });
  }
}

/** One minute of all processes. */
class Minute {
  readonly processes = new Set<string>();
  readonly durations = new Sketch();
  errors = 0;
  queries = 0;
  slow = 0;
  reads = 0;
  hits = 0;
  poolInUse = 0;
  eventLoopDelayP99Ms = 0;
  rssBytes = 0;
  openBreakers = 0;
  firingAlerts = 0;

  add(sample: TrendSample): void {
    this.processes.add(sample.process);
    this.durations.add(Sketch.fromSparse(sample.durations));
    this.errors += sample.errors;
    this.queries += sample.queries;
    this.slow += sample.slow;
    this.reads += sample.reads;
    this.hits += sample.hits;
    this.poolInUse += sample.poolInUse;
    this.rssBytes += sample.rssBytes;
    this.eventLoopDelayP99Ms = Math.max(this.eventLoopDelayP99Ms, sample.eventLoopDelayP99Ms);
    this.openBreakers = Math.max(this.openBreakers, sample.openBreakers);
    this.firingAlerts = Math.max(this.firingAlerts, sample.firingAlerts);
  }
}

function pointOf(first: number, minutes: readonly Minute[]): TrendPoint {
  const sum = (figure: 'errors' | 'queries' | 'slow' | 'reads' | 'hits') =>
    minutes.reduce((total, minute) => total + minute[figure], 0);
  const most = (figure: 'poolInUse' | 'eventLoopDelayP99Ms' | 'rssBytes' | 'openBreakers' | 'firingAlerts') =>
    minutes.length === 0 ? null : Math.max(...minutes.map((minute) => minute[figure]));
  const durations = new Sketch();
  for (const minute of minutes) durations.add(minute.durations);
  const seconds = 60 * minutes.length;
  const quantile = (share: number) => (durations.count === 0 ? null : durations.quantile(share));
  return {
    at: new Date(first * MINUTE_MS).toISOString(),
    processes: Math.max(0, ...minutes.map(({ processes }) => processes.size)),
    requestsPerSecond: share(durations.count, seconds),
    errorShare: share(sum('errors'), durations.count),
    p50Ms: quantile(0.5),
    p95Ms: quantile(0.95),
    p99Ms: quantile(0.99),
    queriesPerSecond: share(sum('queries'), seconds),
    slowQueryShare: share(sum('slow'), sum('queries')),
    hitShare: share(sum('hits'), sum('reads')),
    poolInUse: most('poolInUse'),
    eventLoopDelayP99Ms: most('eventLoopDelayP99Ms'),
    rssBytes: most('rssBytes'),
    openBreakers: most('openBreakers'),
    firingAlerts: most('firingAlerts'),
  };
}

const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);
