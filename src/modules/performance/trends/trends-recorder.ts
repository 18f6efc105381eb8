import type { TrendSample } from './trends-sample.js';

/** What has been counted since the process started. */
export type Reached = Pick<TrendSample, 'durations' | 'errors' | 'queries' | 'slow' | 'reads' | 'hits'>;

/** How things stand at a moment. */
export type Levels = Pick<
  TrendSample,
  'poolInUse' | 'eventLoopDelayP99Ms' | 'rssBytes' | 'openBreakers' | 'firingAlerts'
>;

export const MINUTE_MS = 60_000;
export const minuteOf = (ms: number): number => Math.floor(ms / MINUTE_MS);

/** Makes a sample of each minute: how much was counted in it, and the most of what was seen in it. */
export class TrendRecorder {
  private minute: number;
  private before: Reached;
  private most: Levels;

  constructor(
    private readonly process: string,
    private readonly reached: () => Reached,
    private readonly levels: () => Levels,
    nowMs: number,
  ) {
    this.minute = minuteOf(nowMs);
    this.before = reached();
    this.most = levels();
  }

  /** To be called every few seconds, and as each minute ends; gives the sample of the minute that has ended. */
  tick(nowMs: number): TrendSample | undefined {
    this.look();
    const minute = minuteOf(nowMs);
    return minute === this.minute ? undefined : this.end(minute);
  }

  /** The sample of the minute as far as it has come; what follows counts for another one. */
  finish(): TrendSample {
    this.look();
    return this.end(this.minute);
  }

  private look(): void {
    const { most } = this;
    const now = this.levels();
    this.most = {
      poolInUse: Math.max(most.poolInUse, now.poolInUse),
      eventLoopDelayP99Ms: Math.max(most.eventLoopDelayP99Ms, now.eventLoopDelayP99Ms),
      rssBytes: Math.max(most.rssBytes, now.rssBytes),
      openBreakers: Math.max(most.openBreakers, now.openBreakers),
      firingAlerts: Math.max(most.firingAlerts, now.firingAlerts),
    };
  }

  private end(next: number): TrendSample {
    const { before, most } = this;
    const reached = this.reached();
    const sample: TrendSample = {
      process: this.process,
      minute: this.minute,
      durations: grown(before.durations, reached.durations),
      errors: reached.errors - before.errors,
      queries: reached.queries - before.queries,
      slow: reached.slow - before.slow,
      reads: reached.reads - before.reads,
      hits: reached.hits - before.hits,
      ...most,
    };
    this.minute = next;
    this.before = reached;
    this.most = this.levels();
    return sample;
  }
}

/** What the buckets have more than they had. */
function grown(before: readonly number[], now: readonly number[]): number[] {
  const had = new Map(pairsOf(before));
  return pairsOf(now)
    .map(([bucket, count]) => [bucket, count - (had.get(bucket) ?? 0)] as const)
    .filter(([, count]) => count > 0)
    .flat();
}

const pairsOf = (buckets: readonly number[]): (readonly [bucket: number, count: number])[] =>
  Array.from({ length: buckets.length / 2 }, (_, at) => [buckets[2 * at] ?? 0, buckets[2 * at + 1] ?? 0]);
