import { describe, expect, it } from '@jest/globals';
import { Sketch } from '../../../common/observability/sketch.js';
import { rangeOf, TREND_WINDOWS, type TrendPoint, TrendPoints } from './trends-points.js';
import type { TrendSample } from './trends-sample.js';

const sparse = (...ms: readonly number[]): number[] => {
  const sketch = new Sketch();
  for (const one of ms) sketch.record(one);
  return sketch.toSparse();
};
const sample = (process: string, minute: number, change: Partial<TrendSample> = {}): TrendSample => ({
  process,
  minute,
  durations: [],
  ...{ errors: 0, queries: 0, slow: 0, reads: 0, hits: 0 },
  ...{ poolInUse: 0, eventLoopDelayP99Ms: 0, rssBytes: 0, openBreakers: 0, firingAlerts: 0 },
  ...change,
});
const pointsOf = (range: ConstructorParameters<typeof TrendPoints>[0], ...samples: readonly TrendSample[]) => {
  const points = new TrendPoints(range);
  for (const one of samples) points.add(one);
  return points.points;
};
const ONE = { from: 100, to: 101, step: 1 };
const times = (count: number, ms: number) => Array.from({ length: count }, () => ms);

describe('a point', () => {
  it('adds up what processes did in the same minute', () => {
    const [point] = pointsOf(
      ONE,
      sample('a', 100, {
        durations: sparse(...times(90, 10)),
        errors: 3,
        ...{ queries: 60, slow: 3, reads: 40, hits: 30 },
        ...{ poolInUse: 5, eventLoopDelayP99Ms: 3, rssBytes: 100, openBreakers: 0, firingAlerts: 2 },
      }),
      sample('b', 100, {
        durations: sparse(...times(30, 1_000)),
        errors: 9,
        ...{ queries: 180, slow: 9, reads: 10, hits: 10 },
        ...{ poolInUse: 7, eventLoopDelayP99Ms: 80, rssBytes: 150, openBreakers: 1, firingAlerts: 1 },
      }),
    );
    expect(point).toEqual({
      at: new Date(100 * 60_000).toISOString(),
      processes: 2,
      requestsPerSecond: 2,
      errorShare: 0.1,
      p50Ms: expect.closeTo(10, 0),
      p95Ms: expect.any(Number),
      p99Ms: expect.any(Number),
      queriesPerSecond: 4,
      slowQueryShare: 0.05,
      hitShare: 0.8,
      poolInUse: 12,
      eventLoopDelayP99Ms: 80,
      rssBytes: 250,
      openBreakers: 1,
      firingAlerts: 2,
    });
    expect((point?.p95Ms ?? 0) / 1_000).toBeCloseTo(1, 1);
  });

  it('of a minute of which nobody has told is a gap', () => {
    const [gap, , after] = pointsOf({ from: 100, to: 103, step: 1 }, sample('a', 102));
    expect(gap).toEqual({ ...nullsOf(gap), at: new Date(100 * 60_000).toISOString(), processes: 0 });
    expect(after).toMatchObject({ processes: 1, requestsPerSecond: 0, queriesPerSecond: 0, poolInUse: 0 });
  });

  it('says nothing of shares of nothing', () => {
    const [idle] = pointsOf(ONE, sample('a', 100));
    expect(idle).toMatchObject({ errorShare: null, p50Ms: null, p99Ms: null, slowQueryShare: null, hitShare: null });
  });

  it('of five minutes has the rate of those that are known, and the most of all else', () => {
    const busy = { durations: sparse(...times(60, 10)), poolInUse: 2, rssBytes: 100 };
    const [point, ...others] = pointsOf(
      { from: 100, to: 105, step: 5 },
      sample('a', 101, busy),
      sample('b', 101, busy),
      sample('a', 103, { ...busy, poolInUse: 3 }),
    );
    expect(others).toEqual([]);
    expect(point).toMatchObject({ processes: 2, requestsPerSecond: 1.5, poolInUse: 4, rssBytes: 200 });
  });

  it('has nothing of what is outside of the window', () => {
    const [point] = pointsOf(ONE, sample('a', 99, { queries: 60 }), sample('a', 101, { queries: 60 }));
    expect(point).toMatchObject({ processes: 0, queriesPerSecond: null });
  });

  it('adds up several samples of a process of one minute, which it had to stop in', () => {
    const [point] = pointsOf(ONE, sample('a', 100, { queries: 60 }), sample('a', 100, { queries: 120 }));
    expect(point).toMatchObject({ processes: 1, queriesPerSecond: 3 });
  });
});

describe('a window', () => {
  it.each([
    ['15m', 15, 1],
    ['1h', 60, 1],
    ['6h', 72, 5],
    ['24h', 288, 5],
  ] as const)('of %s has %i points of %i minutes', (window, count, step) => {
    const range = rangeOf(TREND_WINDOWS[window], 29_931_870);
    expect([range.step, pointsOf(range).length]).toEqual([step, count]);
  });

  it('begins its points at the same minutes whenever it is asked for, and ends with the last whole minute', () => {
    const ranges = [29_931_870, 29_931_871, 29_931_874].map((minute) => rangeOf(360, minute));
    expect(ranges.map(({ from }) => from)).toEqual([29_931_510, 29_931_515, 29_931_515]);
    expect(ranges.map(({ to }) => to)).toEqual([29_931_870, 29_931_871, 29_931_874]);
    for (const range of ranges) expect(pointsOf(range)).toHaveLength(72);
  });
});

const nullsOf = (point: TrendPoint | undefined): Record<string, null> =>
  Object.fromEntries(Object.keys(point ?? {}).map((name) => [name, null]));
