import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decide, type RatePolicy, take } from './gcra.js';
import { policyHeader, rateLimitHeader } from './rate-limit-headers.js';

const policies = fc.record({ quota: fc.integer({ min: 1, max: 5_000 }), windowSeconds: fc.constantFrom(1, 10, 60) });
const steps = fc.array(
  fc.record({ waitMs: fc.integer({ min: 0, max: 20_000 }), wanted: fc.integer({ min: 1, max: 500 }) }),
  {
    minLength: 1,
    maxLength: 60,
  },
);

describe('a bucket', () => {
  it('never lets through more than its quota and what was regained, in any stretch of time', () => {
    fc.assert(
      fc.property(policies, steps, (policy, sequence) => {
        const admitted: { at: number; count: number }[] = [];
        let [now, arrival] = [1_700_000_000_000, 0];
        for (const { waitMs, wanted } of sequence) {
          now += waitMs;
          const taken = take(arrival, now, wanted, policy);
          arrival = taken.arrivalMs;
          expect(taken.admitted).toBeLessThanOrEqual(wanted);
          admitted.push({ at: now, count: taken.admitted });
        }
        for (let from = 0; from < admitted.length; from += 1) {
          let sum = 0;
          for (let to = from; to < admitted.length; to += 1) {
            sum += admitted[to]?.count ?? 0;
            const elapsedMs = (admitted[to]?.at ?? 0) - (admitted[from]?.at ?? 0);
            expect(sum).toBeLessThanOrEqual(
              policy.quota + (policy.quota * elapsedMs) / (policy.windowSeconds * 1000) + 1e-3,
            );
          }
        }
      }),
    );
  });

  it('never lets through less either, while more is wanted', () => {
    fc.assert(
      fc.property(policies, steps, (policy, sequence) => {
        const begun = 1_700_000_000_000;
        let [now, arrival, sum] = [begun, 0, 0];
        for (const { waitMs } of sequence) {
          // Too short for the bucket to be full again, so that nothing is lost.
          now += clipped(waitMs, policy);
          const taken = take(now === begun ? 0 : arrival, now, 1_000_000, policy);
          arrival = taken.arrivalMs;
          sum += taken.admitted;
        }
        const first = clipped(sequence[0]?.waitMs ?? 0, policy);
        const due = policy.quota + (policy.quota * (now - begun - first)) / (policy.windowSeconds * 1000);
        expect(sum).toBeGreaterThan(due - 1 - 1e-3);
      }),
    );
  });

  it('lets the next request through when it said so, and not a second and a half before', () => {
    fc.assert(
      fc.property(policies, (policy) => {
        const now = 1_700_000_000_000;
        const full = take(0, now, policy.quota, policy);
        const { allowed, resetSeconds } = decide(take(full.arrivalMs, now, 1, policy), 0, now, policy);
        expect(allowed).toBe(false);
        expect(take(full.arrivalMs, now + resetSeconds * 1000, 1, policy).admitted).toBe(1);
        const early = now + (resetSeconds - 1) * 1000 - 500;
        if (early > now) expect(take(full.arrivalMs, early, 1, policy).admitted).toBe(0);
      }),
    );
  });

  it('tells each of those who ask together what is left after it', () => {
    const policy = { quota: 5, windowSeconds: 60 };
    const taken = take(0, 0, 8, policy);
    const decisions = Array.from({ length: 8 }, (_, n) => decide(taken, n, 0, policy));
    expect(decisions.map(({ allowed }) => allowed)).toEqual([true, true, true, true, true, false, false, false]);
    expect(decisions.map(({ remaining }) => remaining)).toEqual([4, 3, 2, 1, 0, 0, 0, 0]);
    expect(decisions.map(({ resetSeconds }) => resetSeconds).slice(-2)).toEqual([12, 12]);
  });
});

it('is told as the draft has it', () => {
  expect(policyHeader('tenant', { quota: 1000, windowSeconds: 60 })).toBe('"tenant";q=1000;w=60');
  expect(rateLimitHeader('tenant', { allowed: true, remaining: 998, resetSeconds: 42 })).toBe('"tenant";r=998;t=42');
});

const clipped = (waitMs: number, { quota, windowSeconds }: RatePolicy): number =>
  Math.min(waitMs, windowSeconds * 1000 * (1 - 1 / quota));
