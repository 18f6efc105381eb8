import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { RetryBudget, type RetryOptions, retry } from './retry.js';

const broken = new Error('the connection broke');

/** Work that fails so many times, and how often it was tried. */
function flaky(failures: number, error = broken) {
  const flake = {
    tries: 0,
    work: async () => {
      flake.tries += 1;
      if (flake.tries <= failures) throw error;
      return 'done';
    },
  };
  return flake;
}

/** Nothing is waited for unless the test says so. */
const options = (some: Partial<RetryOptions> = {}): RetryOptions => ({
  budget: new RetryBudget(),
  isTransient: (error) => error === broken,
  wait: async () => undefined,
  ...some,
});

const outcome = async <T>(work: Promise<T>) => (await Promise.allSettled([work]))[0];

describe('work that fails', () => {
  it.each([0, 1, 2])('%d times is done in the end', async (failures) => {
    const flake = flaky(failures);
    expect(await outcome(retry(flake.work, options()))).toMatchObject({ value: 'done' });
    expect(flake.tries).toBe(failures + 1);
  });

  it('three times has failed, with its own error', async () => {
    const flake = flaky(3);
    expect(await outcome(retry(flake.work, options()))).toMatchObject({ reason: broken });
    expect(flake.tries).toBe(3);
  });

  it('for good is tried once', async () => {
    const flake = flaky(3, new Error('duplicate key'));
    expect(await outcome(retry(flake.work, options()))).toMatchObject({ reason: new Error('duplicate key') });
    expect(flake.tries).toBe(1);
  });

  it('is not tried again when the budget is spent', async () => {
    const budget = new RetryBudget(0.1, 1);
    budget.spend();
    const flake = flaky(1);
    expect(await outcome(retry(flake.work, options({ budget })))).toMatchObject({ reason: broken });
    expect(flake.tries).toBe(1);
  });
});

describe('between two tries', () => {
  it('passes anything from nothing to 20 ms, then 40 ms', async () => {
    await fc.assert(
      fc.asyncProperty(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), async (share) => {
        const waited: number[] = [];
        const wait = async (ms: number) => waited.push(ms);
        await outcome(retry(flaky(2).work, options({ random: () => share, wait })));
        expect(waited).toEqual([20 * share, 40 * share]);
      }),
    );
  });

  it('the time differs each time, so that those who failed together do not come again together', async () => {
    const waited: number[] = [];
    const wait = async (ms: number) => waited.push(ms);
    await Promise.all(Array.from({ length: 10 }, () => retry(flaky(1).work, options({ wait }))));
    expect(new Set(waited).size).toBe(10);
  });

  it('the work is given up at once when nobody waits for it any more, with its own error', async () => {
    const leaving = new AbortController();
    const flake = flaky(3);
    const budget = new RetryBudget();
    const tried = retry(flake.work, { budget, isTransient: () => true, signal: leaving.signal, random: () => 10_000 });
    setImmediate(() => leaving.abort(new Error('gone')));
    await expect(tried).rejects.toBe(broken); // Long before the 200 s are over.
    expect(flake.tries).toBe(1);
  });
});

it('what nobody waits for is not tried again, and costs no retry', async () => {
  const budget = new RetryBudget(0, 1);
  const flake = flaky(1);
  await outcome(retry(flake.work, options({ budget, signal: AbortSignal.abort() })));
  expect([flake.tries, budget.spend()]).toEqual([1, true]);
});

describe('a retry budget', () => {
  it('never lets retries exceed what is in store and a tenth of the calls, however they come', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 2_000 }), fc.integer({ min: 0, max: 20 }), (failures, most) => {
        const budget = new RetryBudget(0.1, most);
        let retries = 0;
        for (const [calls, fails] of failures.entries()) {
          budget.earn();
          while (fails && budget.spend()) retries += 1;
          expect(retries).toBeLessThanOrEqual(most + (calls + 1) / 10 + 1e-9);
        }
      }),
    );
  });

  it('keeps no more than its store through a quiet time', () => {
    const budget = new RetryBudget(0.1, 3);
    for (let calls = 0; calls < 1_000; calls += 1) budget.earn();
    expect([budget.spend(), budget.spend(), budget.spend(), budget.spend()]).toEqual([true, true, true, false]);
  });

  it('has a retry again for about ten calls when it was spent', () => {
    const budget = new RetryBudget(0.1, 1);
    budget.spend();
    let calls = 0;
    for (; !budget.spend(); calls += 1) budget.earn();
    expect([10, 11]).toContain(calls);
  });

  it('bounds what a dependency that fails for everybody is asked', async () => {
    const budget = new RetryBudget();
    let asked = 0;
    const work = () => {
      asked += 1;
      return Promise.reject(broken);
    };
    const CALLS = 1_000;
    for (let call = 0; call < CALLS; call += 1) await outcome(retry(work, options({ budget })));
    expect(asked).toBeLessThanOrEqual(CALLS * 1.1 + 10);
    expect(asked).toBeGreaterThan(CALLS * 1.09); // Each call earns its part.
  });
});
