import { describe, expect, it } from '@jest/globals';
import { LineByLine, Steps } from '../../bench/report/progress.js';

describe('the progress of a run', () => {
  it('is a line for each step in a log, when the step is done', () => {
    const lines: string[] = [];
    let now = 0;
    const shown = new LineByLine(
      3,
      (line) => lines.push(line),
      () => now,
    );
    shown.part('routes');
    shown.step('GET /clinics, cold');
    expect(lines).toEqual([]);
    now = 12_000;
    shown.step('GET /clinics, warm');
    now = 17_000;
    shown.part('leak');
    shown.step('100,000 requests');
    now = 80_000;
    shown.done();
    shown.done();
    expect(lines).toEqual([
      '[1/3] routes: GET /clinics, cold (12 s)',
      '[2/3] routes: GET /clinics, warm (5 s)',
      '[3/3] leak: 100,000 requests (1 min 3 s)',
    ]);
  });

  it('tells on a terminal how many steps there are, and how long they take if they take as long as those before', () => {
    let now = 0;
    const steps = new Steps(4, () => now);
    steps.part = 'routes';
    steps.next('one');
    expect(steps.inWords()).toBe('1 of 4 | routes: one');
    now = 10_000;
    steps.next('two');
    now = 14_000;
    expect(steps.inWords()).toBe('2 of 4 | about 26 s left | routes: two');
    // Longer than the ones before: the time left doesn't grow again.
    now = 35_000;
    expect(steps.inWords()).toBe('2 of 4 | about 20 s left | routes: two');
  });

  it('counts more steps than were expected', () => {
    const steps = new Steps(1, () => 0);
    steps.next('one');
    steps.next('two');
    expect(steps.inWords()).toBe('2 of 2 | about 0 s left | two');
  });
});
