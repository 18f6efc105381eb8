import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Sketch } from './sketch.js';

const sketchOf = (values: readonly number[]): Sketch => {
  const sketch = new Sketch();
  for (const value of values) sketch.record(value);
  return sketch;
};
const times = fc.array(fc.double({ min: 0.02, max: 500_000, noNaN: true }), { minLength: 1, maxLength: 300 });

describe('a sketch', () => {
  it('knows every quantile to within 2 %, and its ends exactly', () => {
    fc.assert(
      fc.property(times, fc.double({ min: 0, max: 1, noNaN: true }), (values, share) => {
        const sketch = sketchOf(values);
        const sorted = values.toSorted((a, b) => a - b);
        const exact = sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1] ?? 0;
        expect(Math.abs(sketch.quantile(share) - exact)).toBeLessThanOrEqual(0.0201 * exact);
        expect([sketch.min, sketch.max, sketch.count]).toEqual([sorted[0], sorted.at(-1), values.length]);
      }),
    );
  });

  it('is the same whether values are recorded in one or added up', () => {
    fc.assert(
      fc.property(times, times, (some, others) => {
        const sum = sketchOf(some);
        sum.add(sketchOf(others));
        const one = sketchOf([...some, ...others]);
        expect([0.1, 0.5, 0.99].map((share) => sum.quantile(share))).toEqual(
          [0.1, 0.5, 0.99].map((share) => one.quantile(share)),
        );
        expect(sum.sum).toBeCloseTo(one.sum);
      }),
    );
  });

  it('counts what took at most so long, to within 2 % of the bound', () => {
    fc.assert(
      fc.property(times, (values) => {
        const bounds = [0.5, 5, 50, 500, 5_000, 500_000];
        const counts = sketchOf(values).cumulative(bounds);
        for (const [at, bound] of bounds.entries()) {
          expect(counts[at]).toBeGreaterThanOrEqual(values.filter((value) => value <= bound * 0.96).length);
          expect(counts[at]).toBeLessThanOrEqual(values.filter((value) => value <= bound * 1.0001).length);
        }
      }),
    );
  });

  it('is sent as the buckets that hold something, and adds up elsewhere as if it had been counted there', () => {
    fc.assert(
      fc.property(times, times, (some, others) => {
        const sent = JSON.parse(JSON.stringify(sketchOf(some).toSparse())) as number[];
        const sum = Sketch.fromSparse(sent);
        sum.add(Sketch.fromSparse(sketchOf(others).toSparse()));
        const one = sketchOf([...some, ...others]);
        expect(sum.toSparse()).toEqual(one.toSparse());
        expect(sum.count).toBe(one.count);
        expect(Math.abs(sum.sum - one.sum)).toBeLessThanOrEqual(0.0201 * one.sum);
        for (const share of [0, 0.5, 0.99, 1])
          expect(Math.abs(sum.quantile(share) - one.quantile(share))).toBeLessThanOrEqual(0.0201 * one.quantile(share));
      }),
    );
  });

  it('of nothing is sent as nothing', () => {
    expect(new Sketch().toSparse()).toEqual([]);
    expect([Sketch.fromSparse([]).count, Sketch.fromSparse([]).quantile(0.5)]).toEqual([0, 0]);
  });

  it('takes buckets that it does not have for its last one', () => {
    expect(Sketch.fromSparse([100_000, 3]).toSparse()).toEqual(sketchOf([1e9, 1e9, 1e9]).toSparse());
  });

  it('of nothing says nothing', () => {
    const sketch = sketchOf([1, 2]);
    sketch.clear();
    expect([sketch.count, sketch.quantile(0.99), sketch.mean]).toEqual([0, 0, 0]);
  });

  it('takes what is out of its range for its ends', () => {
    const sketch = sketchOf([0, 0.001, 3_600_000]);
    expect([sketch.quantile(0), sketch.quantile(1)]).toEqual([0.01, 600_000].map(() => expect.any(Number)));
    expect(sketch.max).toBe(3_600_000);
  });
});
