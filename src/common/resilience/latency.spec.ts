import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Latency } from './latency.js';

const having = (...times: readonly (readonly [count: number, ms: number])[]): Latency => {
  const latency = new Latency();
  for (const [count, ms] of times) for (let n = 0; n < count; n += 1) latency.add(ms);
  return latency;
};

describe('a latency', () => {
  it('is what it was from the first on', () => {
    expect(having([1, 80])).toMatchObject({ usualMs: 80, inflation: 1 });
  });

  it('follows the last forty or so', () => {
    const { usualMs } = having([500, 30], [40, 300]);
    expect([usualMs > 150, usualMs < 250]).toEqual([true, true]);
  });

  it('is several times as long as at best when it has grown', () => {
    expect(having([500, 30], [200, 300]).inflation).toBeGreaterThan(5);
  });

  it('is not longer than at best for times that vary by themselves', () => {
    expect(having([500, 0.1], [200, 20]).inflation).toBeLessThanOrEqual(1);
  });

  it('is no longer taken for grown when it has been so for good', () => {
    expect(having([500, 30], [6_000, 300]).inflation).toBeLessThan(1.1);
  });

  it('stays between the shortest and the longest time', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0.01, max: 10_000, noNaN: true }), { minLength: 1 }), (times) => {
        const { usualMs, inflation } = having(...times.map((ms) => [1, ms] as const));
        expect(usualMs).toBeGreaterThanOrEqual(Math.min(...times) * 0.999);
        expect(usualMs).toBeLessThanOrEqual(Math.max(...times) * 1.001);
        expect(Number.isFinite(inflation)).toBe(true);
      }),
    );
  });
});

it('nothing is known of what was never done', () => {
  expect(new Latency()).toMatchObject({ usualMs: 0, inflation: 0 });
});
