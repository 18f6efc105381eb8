import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { type RatePolicy, take } from '../../src/common/rate-limit/gcra.js';
import { RedisBuckets } from '../../src/common/rate-limit/redis-buckets.js';

const policies = fc.record({ quota: fc.integer({ min: 1, max: 5_000 }), windowSeconds: fc.constantFrom(1, 10, 60) });

describe('the bucket in Redis', () => {
  let redis: Redis;
  let buckets: RedisBuckets;
  beforeAll(() => {
    redis = new Redis(process.env['TEST_REDIS_URL'] ?? '');
    buckets = new RedisBuckets(redis);
  });
  afterAll(() => redis.disconnect());

  const clockMs = async (): Promise<number> => {
    const [seconds, micros] = await redis.time();
    return Number(seconds) * 1000 + Number(micros) / 1000;
  };

  it('decides as the algorithm does here, for any sequence', async () => {
    const state = fc.record({
      policy: policies,
      fullIn: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
      wanted: fc.integer({ min: 1, max: 6_000 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(state, { minLength: 1, maxLength: 8 }), async (sequence) => {
        const mark = randomBytes(8).toString('hex');
        const before = await clockMs();
        const given = sequence.map(({ policy, fullIn, wanted }, index) => ({
          bucket: `{${mark}}:${index}`,
          policy,
          wanted,
          arrivalMs: fullIn === null ? 0 : before + fullIn * policy.windowSeconds * 1000,
        }));
        const started = given.filter(({ arrivalMs }) => arrivalMs > 0);
        await Promise.all(
          started.map(({ bucket, arrivalMs }) => redis.set(bucket, (arrivalMs * 1000).toFixed(0), 'PX', 90_000)),
        );
        const earliest = await clockMs();
        const taken = await buckets.take(given, 0);
        const latest = await clockMs();
        given.forEach(({ policy, wanted, arrivalMs }, index) => {
          // Its clock is Redis's own: the truth lies between what both ends of the call would give.
          const [early, late] = [take(arrivalMs, earliest, wanted, policy), take(arrivalMs, latest, wanted, policy)];
          const { admitted = -1, arrivalMs: fullInMs = -1 } = taken[index] ?? {};
          expect(admitted).toBeGreaterThanOrEqual(early.admitted);
          expect(admitted).toBeLessThanOrEqual(late.admitted);
          const interval = (policy.windowSeconds * 1000) / policy.quota;
          const slack = latest - earliest + (late.admitted - early.admitted) * interval + 0.01;
          expect(Math.abs(fullInMs - Math.max(0, early.arrivalMs - earliest))).toBeLessThanOrEqual(slack);
        });
      }),
      { numRuns: 60 },
    );
  });

  it('goes when it is full again, so that idle organizations cost no memory', async () => {
    const policy: RatePolicy = { quota: 10, windowSeconds: 60 };
    const bucket = `{${randomBytes(8).toString('hex')}}:rate`;
    await buckets.take([{ bucket, policy, wanted: 5 }], 0);
    const ttl = await redis.pttl(bucket);
    expect(ttl).toBeGreaterThan(25_000);
    expect(ttl).toBeLessThanOrEqual(30_001);
  });
});
