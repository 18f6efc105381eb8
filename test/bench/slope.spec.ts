import { describe, expect, it } from '@jest/globals';
import { slope } from '../../bench/support/slope.js';

describe('the slope of a line through points', () => {
  it('is exact where they lie on a line, wherever that begins', () => {
    const points = [0, 50_000, 100_000, 200_000].map((x) => ({ x, y: 80e6 + 100 * x }));
    expect(slope(points)).toBeCloseTo(100, 6);
  });

  it('is the one with the least squares where they do not', () => {
    // By hand: means 2 and 3; sums of products and squares 3 and 2.
    expect(slope([1, 2, 3].map((x, at) => ({ x, y: [1, 4, 4][at] ?? 0 })))).toBeCloseTo(1.5, 12);
  });

  it('is nothing for what goes up and down about the same', () => {
    expect(slope([5, 7, 7, 5].map((y, x) => ({ x, y })))).toBeCloseTo(0, 12);
  });

  it.each([[[]], [[{ x: 1, y: 1 }]], [[1, 2].map((y) => ({ x: 3, y }))]])('is refused for %j', (points) => {
    expect(() => slope(points)).toThrow('two numbers');
  });
});
