import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { RequestMetrics } from '../../src/common/observability/request-metrics.js';
import { Trends, type TrendsReport } from '../../src/modules/performance/trends/trends.service.js';
import type { TrendPoint } from '../../src/modules/performance/trends/trends-points.js';
import { readSample } from '../../src/modules/performance/trends/trends-sample.js';
import { type Answer, ApiClient } from '../support/api-client.js';
import { OwnRedis } from '../support/own-redis.js';
import { startService, type TestService } from '../support/service.js';
import { TemporaryFolder } from '../support/temporary-folder.js';
import { untilAnswer } from '../support/until.js';

const MINUTE_MS = 60_000;
const BEGUN = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
/** The beginning of a minute, so many before the one in which the tests began. */
const ago = (minutes: number): number => BEGUN - minutes * MINUTE_MS;

/** A service whose minutes begin and end when the test says so. */
const started = async (variables: Readonly<Record<string, string>>): Promise<TestService> => {
  const service = await startService(variables);
  service.app.get(Trends).stop();
  return service;
};
const tick = ({ app }: TestService, ms: number): Promise<void> => app.get(Trends).tick(ms);
const trends = (service: TestService, window?: string): Promise<Answer<TrendsReport>> =>
  service.api.get<TrendsReport>('/performance/metrics/trends', window === undefined ? {} : { window });
const pointAt = ({ body }: Answer<TrendsReport>, ms: number): TrendPoint | undefined =>
  body.points.find(({ at }) => at === new Date(ms).toISOString());
const counted = ({ app }: TestService): number => app.get(RequestMetrics).all.over('start').count;

/** Requests without effect; resolves when the service has counted them, which it does when it has sent the last byte. */
async function missing(times: number, service: TestService): Promise<readonly Answer[]> {
  const before = counted(service);
  const answers = await Promise.all(Array.from({ length: times }, (_, n) => service.api.get(`/no-such-thing-${n}`)));
  await untilAnswer(
    () => new Promise<number>((resolve) => setImmediate(() => resolve(counted(service)))),
    (count) => count >= before + times,
  );
  return answers;
}

describe('two processes over one Redis', () => {
  let one: TestService;
  let other: TestService;
  beforeAll(async () => {
    one = await started({});
    other = await started({ MONGODB_DATABASE: one.db.databaseName });
  });
  afterAll(async () => {
    await other.stop();
    await one.stop();
  });

  it('have trends in common, which add up to what their clients counted', async () => {
    const begun = ago(5);
    await Promise.all([one, other].map((service) => tick(service, begun)));
    const reads = await Promise.all(Array.from({ length: 10 }, () => one.api.get('/organizations')));
    const answers = [...(await missing(37, one)), ...(await missing(23, other))];
    expect(answers.every(({ status }) => status === 404)).toBe(true);
    const hits = reads.filter(({ headers }) => headers.get('x-cache') === 'HIT').length;
    await Promise.all([one, other].map((service) => tick(service, begun + MINUTE_MS)));
    for (const service of [one, other]) {
      const answer = await trends(service, '15m');
      expect(answer.body).toMatchObject({ speaksFor: 'all processes', window: '15m', stepSeconds: 60 });
      expect(answer.body).not.toHaveProperty('process');
      const point = pointAt(answer, begun);
      expect(point).toMatchObject({ processes: 2, requestsPerSecond: (37 + 23 + 10) / 60, errorShare: 0 });
      expect(point?.hitShare).toBeCloseTo(hits / reads.length);
      expect(point?.p50Ms).toBeGreaterThan(0);
      expect(point?.rssBytes).toBeGreaterThan(process.memoryUsage().rss);
    }
  });

  it('say null of minutes of which nobody has told', async () => {
    const answer = await trends(one, '15m');
    expect(pointAt(answer, ago(12))).toMatchObject({ processes: 0, requestsPerSecond: null, p99Ms: null });
    expect(answer.body.points).toHaveLength(15);
  });

  it('look back for an hour by default, a day at most', async () => {
    expect((await trends(one)).body).toMatchObject({ window: '1h', stepSeconds: 60 });
    const day = (await trends(one, '24h')).body;
    expect([day.stepSeconds, day.points.length]).toEqual([300, 288]);
    expect(Date.parse(day.to) - Date.parse(day.from)).toBeGreaterThan(23.9 * 3_600_000);
    expect((await trends(one, '2h')).status).toBe(400);
  });

  it('keep one sorted set, which ends with the service, and nothing of the day before yesterday', async () => {
    const redis = one.app.get(Redis);
    const key = `${one.db.databaseName}:trends`;
    await redis.zadd(key, ago(1_445) / MINUTE_MS, 'long ago');
    await tick(one, ago(3));
    await tick(one, ago(2));
    expect(await redis.zrange(key, 0, '-1')).not.toContain('long ago');
    expect(await redis.ttl(key)).toBeGreaterThan(86_000);
    expect(await redis.ttl(key)).toBeLessThanOrEqual(86_400);
  });

  it('understand what they do not know as nothing', async () => {
    await one.app.get(Redis).zadd(`${one.db.databaseName}:trends`, ago(4) / MINUTE_MS, '[7,"later"]');
    expect((await trends(one, '15m')).status).toBe(200);
  });

  it('tell of the minute in which they stop', async () => {
    const third = await started({ MONGODB_DATABASE: one.db.databaseName });
    await tick(third, ago(8));
    await missing(6, third);
    await third.stop();
    expect(pointAt(await trends(one, '15m'), ago(8))).toMatchObject({ processes: 1, requestsPerSecond: 0.1 });
  });
});

describe('when Redis goes away', () => {
  const folder = new TemporaryFolder();
  let redis: OwnRedis;
  let service: TestService;
  beforeAll(async () => {
    redis = await OwnRedis.start(folder.path);
    service = await started({ REDIS_URL: `redis://127.0.0.1:${redis.port}` });
  });
  afterAll(async () => {
    await service.stop();
    await redis.stop();
    folder.remove();
  });

  it('a process tells of itself alone, and what it has kept is written when Redis is back', async () => {
    await tick(service, ago(20));
    await redis.kill();
    await missing(12, service);
    // Twelve minutes without Redis, of which the latest ten are kept for it.
    for (let minute = 19; minute >= 8; minute -= 1) await tick(service, ago(minute));
    const alone = await trends(service);
    expect(alone.body).toMatchObject({ speaksFor: 'this process', process: { pid: process.pid } });
    expect(pointAt(alone, ago(20))).toMatchObject({ processes: 1, requestsPerSecond: 0.2 });

    await redis.startAgain('none');
    const key = `${service.db.databaseName}:trends`;
    const { answer: kept } = await untilAnswer(
      async () => {
        await tick(service, ago(8));
        return redis.client.zrange(key, 0, '-1');
      },
      (members) => members.length > 0,
    );
    const minutes = kept.map((member) => readSample(member)?.minute);
    expect(minutes).toEqual(Array.from({ length: 10 }, (_, n) => ago(18 - n) / MINUTE_MS));
    expect((await trends(service)).body.speaksFor).toBe('all processes');
  });

  it('asks for a day get the last hour of the process', async () => {
    await redis.kill();
    const { body } = await trends(service, '24h');
    expect([body.speaksFor, body.stepSeconds, body.points.length]).toEqual(['this process', 60, 60]);
    await redis.startAgain('none');
  });
});

it('a process that is not measured tells nothing', async () => {
  const service = await started({ METRICS_ENABLED: 'false' });
  try {
    await tick(service, ago(5));
    await tick(service, ago(4));
    expect((await trends(service)).body.points.every(({ processes }) => processes === 0)).toBe(true);
  } finally {
    await service.stop();
  }
});

it('nobody but operators sees them', async () => {
  const service = await started({});
  try {
    const anybody = new ApiClient(`${service.url}/api/v1`, undefined);
    expect((await anybody.get('/performance/metrics/trends')).status).toBe(401);
  } finally {
    await service.stop();
  }
});
