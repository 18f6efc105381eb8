import { describe, expect, it } from '@jest/globals';
import { Sketch } from '../../../common/observability/sketch.js';
import { type Levels, type Reached, TrendRecorder } from './trends-recorder.js';

const CALM: Levels = { poolInUse: 1, eventLoopDelayP99Ms: 2, rssBytes: 100, openBreakers: 0, firingAlerts: 0 };

/** A process of which a test says what it has done so far. */
class Process {
  readonly durations = new Sketch();
  counts = { errors: 0, queries: 0, slow: 0, reads: 0, hits: 0 };
  levels = CALM;
  readonly recorder = new TrendRecorder(
    'a',
    (): Reached => ({ ...this.counts, durations: this.durations.toSparse() }),
    () => this.levels,
    60_000,
  );

  answers(...ms: readonly number[]): void {
    for (const one of ms) this.durations.record(one);
  }
}

describe('the sample of a minute', () => {
  it('is there when the minute has ended, and counts what was counted in it', () => {
    const process = new Process();
    process.answers(1, 1, 50);
    process.counts = { errors: 1, queries: 5, slow: 2, reads: 9, hits: 7 };
    expect(process.recorder.tick(119_999)).toBeUndefined();
    expect(process.recorder.tick(120_000)).toEqual({
      process: 'a',
      minute: 1,
      durations: process.durations.toSparse(),
      errors: 1,
      queries: 5,
      slow: 2,
      reads: 9,
      hits: 7,
      ...CALM,
    });
  });

  it('has nothing of the minute before', () => {
    const process = new Process();
    process.answers(1, 1, 50);
    process.counts = { errors: 1, queries: 5, slow: 2, reads: 9, hits: 7 };
    process.recorder.tick(120_000);
    process.answers(1, 900);
    process.counts = { errors: 1, queries: 6, slow: 2, reads: 12, hits: 9 };
    const sample = process.recorder.tick(180_000);
    expect(sample).toMatchObject({ minute: 2, errors: 0, queries: 1, slow: 0, reads: 3, hits: 2 });
    const durations = Sketch.fromSparse(sample?.durations ?? []);
    expect(durations.count).toBe(2);
    expect(durations.quantile(1) / 900).toBeCloseTo(1, 1);
  });

  it('has the most of what was seen in it, and of nothing before', () => {
    const process = new Process();
    process.levels = { poolInUse: 50, eventLoopDelayP99Ms: 1, rssBytes: 90, openBreakers: 1, firingAlerts: 2 };
    process.recorder.tick(65_000);
    process.levels = { ...CALM, eventLoopDelayP99Ms: 300 };
    process.recorder.tick(70_000);
    process.levels = CALM;
    expect(process.recorder.tick(120_000)).toMatchObject({
      poolInUse: 50,
      eventLoopDelayP99Ms: 300,
      rssBytes: 100,
      openBreakers: 1,
      firingAlerts: 2,
    });
    expect(process.recorder.tick(180_000)).toMatchObject(CALM);
  });

  it('can be had before the minute has ended, and what follows counts for another one of the same minute', () => {
    const process = new Process();
    process.answers(1);
    expect(process.recorder.finish()).toMatchObject({ minute: 1, durations: expect.arrayContaining([1]) });
    process.answers(2, 2);
    const rest = process.recorder.tick(120_000);
    expect([rest?.minute, Sketch.fromSparse(rest?.durations ?? []).count]).toEqual([1, 2]);
  });
});
