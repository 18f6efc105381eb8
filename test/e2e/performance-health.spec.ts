import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { getConnectionToken } from '@nestjs/mongoose';
import type { Connection } from 'mongoose';
import { observeCommands } from '../../src/common/database/driver-commands.js';
import { shapeOf } from '../../src/common/database/query-shape.js';
import { DEFAULT_ALERT_RULES } from '../../src/modules/performance/alerts/alerts-default-rules.js';
import { verdictOf } from '../../src/modules/performance/health/verdict.js';
import type { HealthReport, PublicVerdict } from '../../src/modules/performance/health/verdict.service.js';
import { Signals } from '../../src/modules/performance/signals.service.js';
import { ApiClient, PAST_THE_CACHE } from '../support/api-client.js';
import { startService, type TestService } from '../support/service.js';
import { untilAnswer } from '../support/until.js';
import { makePractice, type Practice } from './cached-routes.js';

const health = async ({ api }: TestService): Promise<HealthReport> => {
  const { status, body } = await api.get<HealthReport>('/performance/health');
  expect(status).toBe(200);
  return body;
};
const anybodys = ({ url }: TestService) =>
  new ApiClient(`${url}/api/v1`, undefined).get<PublicVerdict>('/health/performance');
const times = <T>(count: number, work: () => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, work));

/** Those at the same time would share their queries. */
async function inTurn(count: number, work: () => Promise<unknown>): Promise<void> {
  for (let n = 0; n < count; n += 1) await work();
}

/** Counts the queries that a service has had answers to. */
function queriesOf({ app }: TestService): () => number {
  let count = 0;
  const client = app.get<Connection>(getConnectionToken()).getClient();
  observeCommands(client, (sent) => {
    if (shapeOf(sent) === undefined) return undefined;
    return () => {
      count += 1;
    };
  });
  return () => count;
}

describe('a process with which all is well', () => {
  let service: TestService;
  let practice: Practice;
  beforeAll(async () => {
    service = await startService({ SLOW_QUERY_MS: '600000' });
    practice = await makePractice(service.api);
  });
  afterAll(() => service.stop());

  it('is healthy for no reason, and shows what it stands on', async () => {
    const report = await health(service);
    expect(report).toMatchObject({ status: 'healthy', reasons: [], process: { pid: process.pid }, alerts: [] });
    expect(report.dependencies).toEqual([
      { name: 'mongodb', state: 'up', breaker: 'closed', lastChange: expect.any(String) },
      { name: 'redis', state: 'up', breaker: 'closed', lastChange: expect.any(String) },
    ]);
    expect(report.memory.rssBytes).toBeGreaterThan(report.memory.heapUsedBytes);
    expect(report.pool.size).toBeGreaterThan(0);
  });

  it('counts the requests and the cached reads that its clients have counted', async () => {
    const before = await health(service);
    const reads = await times(40, () => service.api.get(`/clinics/${practice.clinic.id}`));
    await times(7, () => service.api.get('/no-such-thing'));
    const hits = reads.filter(({ headers }) => headers.get('x-cache') === 'HIT').length;
    let asked = 0;
    const { answer } = await untilAnswer(
      () => {
        asked += 1;
        return health(service);
      },
      // It counts a request when it has sent the last byte; those for its health are requests too.
      ({ requests }) => requests.count >= before.requests.count + 40 + 7 + asked,
    );
    expect(answer.requests.count).toBe(before.requests.count + 40 + 7 + asked);
    expect(answer.requests.errorShare).toBe(0);
    expect(answer.cache.reads - before.cache.reads).toBe(40);
    expect(answer.cache.hits - before.cache.hits).toBe(hits);
    expect(answer.cache.hitShare).toBeCloseTo(answer.cache.hits / answer.cache.reads);
  });

  it('counts the queries that its driver has sent, none of which was slow', async () => {
    const sent = queriesOf(service);
    const { queries } = (await health(service)).slowQueries;
    const before = sent();
    await inTurn(60, () => service.api.get(`/clinics/${practice.clinic.id}`, {}, PAST_THE_CACHE));
    // The service reads its fences all the time.
    const [least, report, most] = [sent(), await health(service), sent()];
    expect(least - before).toBeGreaterThanOrEqual(60);
    expect(report.slowQueries).toMatchObject({ slow: 0, share: 0, slowMs: 600_000, verdict: 'healthy' });
    expect(report.slowQueries.queries - queries).toBeGreaterThanOrEqual(least - before);
    expect(report.slowQueries.queries - queries).toBeLessThanOrEqual(most);
  });

  it('would name routes that there are, for whatever reason', async () => {
    const { reasons } = verdictOf({
      dependencies: [{ name: 'redis', breaker: 'open' }],
      slowQueries: { queries: 100, slow: 100 },
      pool: { inUse: 50, max: 50, waiting: 1 },
      eventLoopDelayP99Ms: 1_000,
      heapShare: 1,
      cache: { reads: 1_000, hits: 0, violations: 1 },
      alerts: [{ name: 'overloaded', severity: 'page', summary: 'Too much.' }],
    });
    const named = DEFAULT_ALERT_RULES.flatMap(({ advice }) => advice.match(/\/performance\/[a-z/-]+/g) ?? []);
    const links = new Set([...reasons.map(({ link }) => link), ...named.map((path) => `/api/v1${path}`)]);
    const { paths } = (await service.api.get<{ paths: object }>('/openapi.json')).body;
    expect(links.size).toBeGreaterThan(6);
    expect([...links].filter((link) => !(link in paths))).toEqual([]);
  });

  it('tells anybody that it is, and nothing else', async () => {
    const { since } = await health(service);
    const { status, headers, body } = await anybodys(service);
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(body).toEqual({ status: 'healthy', since });
  });

  it('is not judged more than once a second, however many ask', async () => {
    const judged = jest.spyOn(service.app.get(Signals), 'read');
    const begun = performance.now();
    for (let n = 0; n < 10; n += 1) await times(20, () => anybodys(service));
    // And once every five seconds for the alerts.
    expect(judged.mock.calls.length).toBeLessThanOrEqual(2 + Math.ceil((performance.now() - begun) / 1_000));
    judged.mockRestore();
  });
});

it('a process whose queries have become slow is unhealthy, and says how many were and where to look', async () => {
  const way = await Way.to('TEST_MONGODB_URI');
  const service = await startService({ MONGODB_URI: way.uri, SLOW_QUERY_MS: '200' });
  try {
    const practice = await makePractice(service.api);
    const read = () => service.api.get(`/clinics/${practice.clinic.id}`, {}, PAST_THE_CACHE);
    await inTurn(60, read);
    const before = await health(service);
    expect(before.slowQueries.verdict).toBe('healthy');
    way.latencyMs = 250;
    await inTurn(20, read);
    const { status, reasons, slowQueries } = await health(service);
    expect(slowQueries.slow).toBeGreaterThanOrEqual(20);
    expect(slowQueries.share).toBe(slowQueries.slow / slowQueries.queries);
    expect([status, slowQueries.verdict]).toEqual(['unhealthy', 'unhealthy']);
    expect(reasons).toContainEqual({
      severity: 'unhealthy',
      text: expect.stringMatching(/^\d[\d.]* % of the queries of the last 5 minutes were slow\.$/),
      link: '/api/v1/performance/queries/slow',
    });
  } finally {
    way.latencyMs = 0;
    await service.stop();
    way.close();
  }
}, 30_000);

describe('a process that loses what it stands on', () => {
  let toMongodb: Way;
  let toRedis: Way;
  let service: TestService;
  beforeAll(async () => {
    toMongodb = await Way.to('TEST_MONGODB_URI');
    toRedis = await Way.to('TEST_REDIS_URL');
    service = await startService({ MONGODB_URI: toMongodb.uri, REDIS_URL: toRedis.uri });
  });
  afterAll(async () => {
    for (const way of [toMongodb, toRedis]) way.restore();
    await service.stop();
    for (const way of [toMongodb, toRedis]) way.close();
  });

  const away = (name: string) =>
    expect.objectContaining({ name, state: 'down', breaker: expect.not.stringMatching('closed') });

  it('is degraded without Redis, unhealthy without MongoDB, and says so at once all the while', async () => {
    expect((await health(service)).status).toBe('healthy');
    toRedis.cut();
    const degraded = await untilAnswer(
      () => health(service),
      ({ status }) => status !== 'healthy',
    );
    expect(degraded.answer.status).toBe('degraded');
    expect(degraded.answer.dependencies).toContainEqual(away('redis'));
    expect(degraded.answer.reasons[0]).toMatchObject({
      severity: 'degraded',
      link: '/api/v1/performance/circuit-breakers',
    });

    toMongodb.silence();
    let slowestMs = 0;
    const { answer } = await untilAnswer(
      async () => {
        const asked = performance.now();
        const report = await health(service);
        slowestMs = Math.max(slowestMs, performance.now() - asked);
        return report;
      },
      ({ status }) => status === 'unhealthy',
    );
    expect(answer.dependencies).toEqual([away('mongodb'), away('redis')]);
    expect(answer.reasons[0]).toMatchObject({ severity: 'unhealthy', link: '/api/v1/performance/circuit-breakers' });
    expect(Date.parse(answer.since)).toBeGreaterThan(Date.parse(degraded.answer.since));
    // It waits for nobody: those who do are let go after two seconds or more.
    expect(slowestMs).toBeLessThan(1_000);
    const { answer: told } = await untilAnswer(
      () => anybodys(service),
      ({ body }) => body.status === 'unhealthy',
    );
    expect([told.status, Object.keys(told.body)]).toEqual([200, ['status', 'since']]);
  });

  it('is well again once they are back', async () => {
    toMongodb.restore();
    toRedis.restore();
    const { answer } = await untilAnswer(
      () => health(service),
      ({ dependencies }) => dependencies.every(({ state }) => state === 'up'),
    );
    expect(answer.reasons.filter(({ link }) => link.endsWith('/circuit-breakers'))).toEqual([]);
  });
});

/** A way to a server of the run, on which things go wrong. */
class Way {
  /** How much later what the server says arrives. */
  latencyMs = 0;
  private state: 'open' | 'silent' | 'cut' = 'open';
  private readonly sockets = new Set<Socket>();
  private readonly server = createServer((near) => this.accept(near));

  private constructor(private readonly target: URL) {}

  /** @param variable has the server's address */
  static async to(variable: string): Promise<Way> {
    const way = new Way(new URL(String(process.env[variable])));
    await new Promise<void>((resolve) => way.server.listen(0, '127.0.0.1', resolve));
    return way;
  }

  get uri(): string {
    return this.target.href.replace(this.target.host, `127.0.0.1:${(this.server.address() as AddressInfo).port}`);
  }

  /** Nothing arrives any more, and nobody is told. */
  silence(): void {
    this.state = 'silent';
  }

  /** Connections end, and there are no new ones. */
  cut(): void {
    this.state = 'cut';
    for (const socket of this.sockets) socket.destroy();
  }

  /** All goes well for new connections; the others have lost too much. */
  restore(): void {
    this.cut();
    this.state = 'open';
  }

  close(): void {
    this.cut();
    this.server.close();
  }

  private accept(near: Socket): void {
    if (this.state === 'cut') {
      near.destroy();
      return;
    }
    const far = connect(Number(this.target.port), this.target.hostname);
    this.forward(near, far, () => 0);
    this.forward(far, near, () => this.latencyMs);
  }

  private forward(from: Socket, to: Socket, latencyMs: () => number): void {
    this.sockets.add(from);
    from
      .on('error', () => undefined)
      .on('close', () => {
        this.sockets.delete(from);
        to.destroy();
      });
    from.on('data', async (bytes) => {
      if (latencyMs() > 0) await sleep(latencyMs());
      if (this.state === 'open') to.write(bytes);
    });
  }
}
