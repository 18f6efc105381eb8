import { describe, expect, it } from '@jest/globals';
import { SIGNALS } from '../signals.js';
import type { SignalValues } from '../signals.service.js';
import { type AlertState, evaluate } from './alerts-evaluation.js';

const NONE = Object.fromEntries(Object.keys(SIGNALS).map((name) => [name, 0])) as SignalValues;
const heap = (heapShare: number): SignalValues => ({ ...NONE, heapShare });
const RULE = { signal: 'heapShare', above: 0.85, when: [], forSeconds: 60 } as const;
const BEGUN: AlertState = { status: 'inactive', sinceMs: 0 };

/** What the alert is after each of these, with the seconds at which it became so. */
function course(
  rule: Parameters<typeof evaluate>[0],
  ...steps: readonly (readonly [seconds: number, values: SignalValues])[]
): string[] {
  let state = BEGUN;
  return steps.map(([seconds, values]) => {
    state = evaluate(rule, state, values, 1_000 * seconds);
    return `${state.status} since ${state.sinceMs / 1_000}`;
  });
}

describe('an alert', () => {
  it('is pending while it is wrong, and fires once it has been for so long', () => {
    expect(course(RULE, [5, heap(0.5)], [10, heap(0.9)], [65, heap(0.99)], [70, heap(0.86)], [75, heap(0.9)])).toEqual([
      'inactive since 0',
      'pending since 10',
      'pending since 10',
      'firing since 70',
      'firing since 70',
    ]);
  });

  it('that was right in between has to be wrong for so long again', () => {
    expect(course(RULE, [0, heap(0.9)], [55, heap(0.85)], [60, heap(0.9)], [115, heap(0.9)], [120, heap(0.9)])).toEqual(
      ['pending since 0', 'inactive since 55', 'pending since 60', 'pending since 60', 'firing since 120'],
    );
  });

  it('fires at once where no time is asked for', () => {
    expect(course({ ...RULE, forSeconds: 0 }, [5, heap(0.9)])).toEqual(['firing since 5']);
  });

  it('is not wrong at its threshold', () => {
    expect(course({ ...RULE, forSeconds: 0 }, [5, heap(0.85)])).toEqual(['inactive since 0']);
    const below = { signal: 'heapShare', below: 0.3, when: [], forSeconds: 0 } as const;
    expect(course(below, [5, heap(0.3)], [10, heap(0.29)])).toEqual(['inactive since 0', 'firing since 10']);
  });

  it.each([
    [0, 15],
    [30, 15],
    [60, 30],
    [120, 60],
    [3_600, 60],
  ])('that waits for %i s is resolved when it has been right for %i s', (forSeconds, resolves) => {
    const rule = { ...RULE, forSeconds };
    const fine = forSeconds + 10;
    const after = course(
      rule,
      ...([
        [0, heap(0.9)],
        [forSeconds, heap(0.9)],
        [fine, heap(0.5)],
        [fine + resolves - 1, heap(0.5)],
        [fine + resolves, heap(0.5)],
      ] as const),
    );
    expect(after.slice(1)).toEqual([
      `firing since ${forSeconds}`,
      `firing since ${forSeconds}`,
      `firing since ${forSeconds}`,
      `resolved since ${fine + resolves}`,
    ]);
  });

  it('that wavers goes on firing, and is told of once', () => {
    const wavering = Array.from({ length: 40 }, (_, at) => [5 * at, heap(at % 3 === 0 ? 0.9 : 0.5)] as const);
    const states = course({ ...RULE, forSeconds: 0 }, ...wavering);
    expect(new Set(states)).toEqual(new Set(['firing since 0']));
  });

  it('is resolved at once where the rule says so, and fires again', () => {
    const rule = { ...RULE, forSeconds: 0, resolveSeconds: 0 };
    expect(course(rule, [5, heap(0.9)], [10, heap(0)], [15, heap(0)], [20, heap(0.9)])).toEqual([
      'firing since 5',
      'resolved since 10',
      'resolved since 10',
      'firing since 20',
    ]);
  });

  it('is wrong only while all its guards hold', () => {
    const rule = {
      signal: 'cacheHitShare',
      below: 0.3,
      when: [
        { signal: 'requestsPerSecond', above: 10 },
        { signal: 'cacheHitShare', above: 0 },
      ],
      forSeconds: 0,
    } as const;
    const of = (cacheHitShare: number, requestsPerSecond: number) => ({ ...NONE, cacheHitShare, requestsPerSecond });
    expect(course(rule, [0, of(0.1, 10)], [5, of(0, 50)], [10, of(0.1, 11)])).toEqual([
      'inactive since 0',
      'inactive since 0',
      'firing since 10',
    ]);
  });
});
