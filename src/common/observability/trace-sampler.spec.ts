import { describe, expect, it } from '@jest/globals';
import { TraceIds, TraceSampler } from './trace-sampler.js';

const KEPT = 2;
const isKept = (share: number, traceId: string) =>
  new TraceSampler(share).shouldSample(undefined, traceId).decision === KEPT;
const ids = (count: number) => {
  const made = new TraceIds();
  return Array.from({ length: count }, () => made.generateTraceId());
};

describe('of the traces that begin here', () => {
  it('a share is kept', () => {
    const kept = ids(20_000).filter((id) => isKept(0.1, id)).length;
    expect(kept).toBeGreaterThan(1_800);
    expect(kept).toBeLessThan(2_200);
  });

  it('the same are kept by whoever keeps that share, or a larger one', () => {
    const all = ids(2_000);
    const kept = all.filter((id) => isKept(0.1, id));
    expect(all.filter((id) => isKept(0.1, id))).toEqual(kept);
    expect(kept.every((id) => isKept(0.2, id))).toBe(true);
  });

  it('all are kept, or none', () => {
    const ends = ['00000000000000000000000000000001', 'ffffffffffffffffffffffffffffffff', ...ids(100)];
    expect(ends.every((id) => isKept(1, id))).toBe(true);
    expect(ends.some((id) => isKept(0, id))).toBe(false);
  });
});

describe('a trace that is decided of before it has an id', () => {
  it('has one that the sampler keeps', () => {
    const made = new TraceIds();
    let drawn = 0;
    for (let at = 0; at < 20_000; at += 1) {
      if (!made.draw(0.1)) continue;
      drawn += 1;
      const id = made.generateTraceId();
      expect(id).toMatch(/^[\da-f]{32}$/);
      expect(isKept(0.1, id)).toBe(true);
    }
    expect(drawn).toBeGreaterThan(1_800);
    expect(drawn).toBeLessThan(2_200);
  });

  it('gives its id to nobody else', () => {
    const made = new TraceIds();
    expect(made.draw(1)).toBe(true);
    expect(made.generateTraceId()).not.toBe(made.generateTraceId());
  });
});
