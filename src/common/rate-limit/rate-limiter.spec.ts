import { setImmediate } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { type Taken, take } from './gcra.js';
import { RateLimiter } from './rate-limiter.js';
import type { Withdrawal } from './redis-buckets.js';

const POLICY = { quota: 1000, windowSeconds: 60 };
const WIDE = { quota: 1_000_000, windowSeconds: 60 };

/** Until the calls of this turn have been made and answered. */
const turns = async () => {
  for (let turn = 0; turn < 3; turn += 1) await setImmediate();
};

/** Buckets in memory that count the calls, by the same algorithm as those in Redis. */
function countedBuckets() {
  const arrivals = new Map<string, number>();
  const calls: number[] = [];
  const takeAll = async (withdrawals: readonly Withdrawal[], nowMs: number): Promise<Taken[]> => {
    calls.push(withdrawals.reduce((sum, { wanted }) => sum + wanted, 0));
    return withdrawals.map(({ bucket, wanted, policy }) => {
      const taken = take(arrivals.get(bucket) ?? 0, nowMs, wanted, policy);
      arrivals.set(bucket, taken.arrivalMs);
      return taken;
    });
  };
  return { calls, take: takeAll };
}

it('all requests of one turn, of all buckets, are one call', async () => {
  const buckets = countedBuckets();
  const limiter = new RateLimiter(buckets, () => 0);
  await Promise.all(['a', 'b', 'a', 'c', 'a'].map((name) => limiter.take(name, POLICY)));
  expect(buckets.calls).toEqual([5]);
});

it('a busy bucket far from its limit is drawn on ahead, and the next request waits for nothing', async () => {
  const limiter = new RateLimiter(countedBuckets(), () => 0);
  await Promise.all(Array.from({ length: 4 }, () => limiter.take('a', POLICY)));
  expect(await limiter.take('a', POLICY)).toMatchObject({ allowed: true, remaining: 995 });
  expect(limiter.take('a', POLICY)).toMatchObject({ allowed: true, remaining: 994 });
});

it('a bucket that is called for now and then is not drawn on ahead', async () => {
  let now = 0;
  const buckets = countedBuckets();
  const limiter = new RateLimiter(buckets, () => now);
  for (; now < 500; now += 50) await limiter.take('a', POLICY);
  expect(buckets.calls).toEqual(Array(10).fill(1));
});

/** A limiter whose clock stands at 10 ms, after a call that has drawn 128 ahead: 32 requests in 10 ms are as many in 40 ms. */
async function drawnAhead() {
  const clock = { ms: 0 };
  const buckets = countedBuckets();
  let held = Promise.resolve();
  const redis = {
    take: async (...asked: Parameters<typeof buckets.take>) => {
      const taken = await buckets.take(...asked);
      await held;
      return taken;
    },
  };
  const limiter = new RateLimiter(redis, () => clock.ms);
  const takeMany = (many: number) => Array.from({ length: many }, () => limiter.take('a', WIDE));
  await Promise.all(takeMany(1));
  clock.ms = 10;
  await Promise.all(takeMany(32));
  expect(buckets.calls).toEqual([1, 32 + 128]);
  /** Answers no call until what it gives back is called. */
  const hold = () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    held = promise;
    return resolve;
  };
  return { clock, calls: buckets.calls, takeMany, hold };
}

it('draws ahead again when half of it is used, and nobody waits', async () => {
  const { clock, calls, takeMany } = await drawnAhead();
  clock.ms = 30;
  const decisions = await Promise.all(takeMany(65).map((decision) => [decision, decision instanceof Promise]));
  expect(decisions.filter(([, waits]) => waits)).toEqual([]);
  await turns();
  // 65 in 20 ms are 130 in 40 ms, of which 63 are there.
  expect(calls).toEqual([1, 160, 130 - 63]);
  // In 20 ms it fills up again.
  expect(takeMany(1)).toEqual([{ allowed: true, remaining: 999_999, resetSeconds: 1 }]);
});

it('draws ahead by one call at a time, however long that takes', async () => {
  const { clock, calls, takeMany, hold } = await drawnAhead();
  const answer = hold();
  clock.ms = 30;
  for (let many = 128; many > 0; many -= 1) {
    takeMany(1);
    await turns();
  }
  expect(calls).toHaveLength(3);
  const [waits] = takeMany(1);
  await turns();
  expect(calls.slice(3)).toEqual([1]);
  answer();
  expect(await waits).toMatchObject({ allowed: true });
});

it('draws nothing more for who has become slow', async () => {
  const { clock, calls, takeMany } = await drawnAhead();
  clock.ms = 100;
  takeMany(128);
  await turns();
  expect(calls).toHaveLength(2);
});

it('loses what was drawn ahead and not used within a second', async () => {
  let now = 0;
  const buckets = countedBuckets();
  const limiter = new RateLimiter(buckets, () => now);
  await limiter.take('a', POLICY);
  await limiter.take('a', POLICY);
  now = 1_000;
  await limiter.take('a', POLICY);
  expect(buckets.calls).toEqual([1, 1 + 4, 1]);
});

it('never lets more through than the bucket holds, however it was drawn on', async () => {
  let now = 0;
  const limiter = new RateLimiter(countedBuckets(), () => now);
  let allowed = 0;
  for (; now < 2_000; now += 1) {
    const decisions = await Promise.all([limiter.take('a', POLICY), limiter.take('a', POLICY)]);
    allowed += decisions.filter((decision) => decision.allowed).length;
  }
  expect(allowed).toBeLessThanOrEqual(1000 + (1000 * 2_000) / 60_000);
  expect(allowed).toBeGreaterThan(1000);
});

it('limits by what this process sees while Redis is away', async () => {
  const away = { take: () => Promise.reject(new Error('away')) };
  const limiter = new RateLimiter(away, () => 0);
  const decisions = await Promise.all(Array.from({ length: 1200 }, () => limiter.take('a', POLICY)));
  expect(decisions.filter(({ allowed }) => allowed)).toHaveLength(1000);
});

it('counts each decision once, however it was made', async () => {
  const limiter = new RateLimiter(countedBuckets(), () => 0);
  const decisions = [];
  for (let turn = 0; turn < 600; turn += 1) {
    decisions.push(...(await Promise.all([limiter.take('a', POLICY), limiter.take('a', POLICY)])));
  }
  const allowed = decisions.filter((decision) => decision.allowed).length;
  expect(allowed).toBeLessThan(1200);
  expect(limiter.counts).toEqual({ allowed, refused: 1200 - allowed, local: 0 });

  const alone = new RateLimiter({ take: () => Promise.reject(new Error('away')) }, () => 0);
  await Promise.all(Array.from({ length: 1200 }, () => alone.take('a', POLICY)));
  expect(alone.counts).toEqual({ allowed: 1000, refused: 200, local: 1200 });
});
