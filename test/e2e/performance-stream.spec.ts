import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { RedisDependency } from '../../src/common/redis/redis-dependency.js';
import { FaultProxy } from '../faults/support/fault-proxy.js';
import { ServiceProcess } from '../faults/support/service-process.js';
import { makeKey } from '../support/principals.js';
import { CompiledService } from '../support/processes.js';
import { PLATFORM_KEY, startService, type TestService } from '../support/service.js';
import { untilAnswer } from '../support/until.js';
import { EventReader } from './event-reader.js';

const PATH = '/api/v1/performance/stream';
const ADMIN = { authorization: `Bearer ${PLATFORM_KEY}` };

const readers: EventReader[] = [];
async function watch(url: string, headers: Readonly<Record<string, string>> = ADMIN): Promise<EventReader> {
  const reader = await EventReader.open(`${url}${PATH}`, headers);
  readers.push(reader);
  return reader;
}
afterEach(() => {
  for (const reader of readers.splice(0)) reader.leave();
});

describe('the stream of a process', () => {
  let service: TestService;
  beforeAll(async () => {
    // The time for an answer is short; that of the stream has no end.
    service = await startService({ DEADLINE_MS: '1000' });
  });
  afterAll(() => service.stop());

  it('tells at once how the process is, and again two seconds later, past the deadline of other answers', async () => {
    const begun = performance.now();
    const stream = await watch(service.url, { ...ADMIN, 'accept-encoding': 'gzip' });
    const first = await stream.next();
    expect(performance.now() - begun).toBeLessThan(1000);
    expect(first).toMatchObject({
      event: 'snapshot',
      data: {
        process: { pid: process.pid },
        signals: { requestsPerSecond: expect.any(Number), openBreakers: 0 },
        pool: { max: expect.any(Number) },
        routes: expect.any(Array),
      },
    });
    const { headers } = stream.response;
    expect(headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect([headers.get('content-encoding'), headers.get('x-accel-buffering')]).toEqual([null, 'no']);
    const second = await stream.next();
    expect(Number(second?.id)).toBeGreaterThan(Number(first?.id));
    const apartMs = Date.parse(second?.data.at) - Date.parse(first?.data.at);
    expect(apartMs).toBeGreaterThan(1500);
    expect(apartMs).toBeLessThan(4000);
  });

  it('has the figures of the requests that were made', async () => {
    for (let number = 0; number < 20; number += 1) await service.api.get('/clinics');
    const stream = await watch(service.url);
    const seen = await stream.next(({ data }) =>
      data.routes?.some(({ route }: { route: string }) => route === 'GET /api/v1/clinics'),
    );
    const { body } = await service.api.get<{ seconds: number; routes: { route: string; count: number }[] }>(
      '/performance/metrics/summary',
    );
    const clinics = body.routes.find(({ route }) => route === '/api/v1/clinics');
    const shown = seen?.data.routes.find(({ route }: { route: string }) => route === 'GET /api/v1/clinics');
    expect(clinics?.count).toBe(20);
    expect(shown.perSecond * body.seconds).toBeCloseTo(20, -1);
    expect(shown.p95Ms).toBeGreaterThan(0);
  });

  it('tells of a breaker at once, and its snapshots say so too', async () => {
    const stream = await watch(service.url);
    await stream.next();
    const openedAt = performance.now();
    service.app.get(RedisDependency).silent('unplugged');
    const told = await stream.next(({ event }) => event === 'breaker');
    expect(performance.now() - openedAt).toBeLessThan(500);
    expect(told?.data).toMatchObject({ dependency: 'redis', state: 'open', cause: 'unplugged' });
    expect(Date.parse(told?.data.since)).toBeGreaterThan(Date.now() - 5000);
    service.app.get(RedisDependency).answered();
    const back = await stream.next(({ event, data }) => event === 'breaker' && data.state === 'closed');
    expect(back?.data.dependency).toBe('redis');
  });

  it('ends by itself after as many events as were asked for', async () => {
    const answer = await fetch(`${service.url}${PATH}?events=2`, { headers: ADMIN });
    expect((await answer.text()).match(/^event: /gm)).toHaveLength(2);
    for (const events of ['0', 'x', '1000', '']) {
      const { status } = await fetch(`${service.url}${PATH}?events=${events}`, { headers: ADMIN });
      expect([events, status]).toEqual([events, 400]);
    }
  });

  it('is for operators of the platform', async () => {
    const { key: ops } = await makeKey(service, null, 'ops');
    const { body: organization } = await service.api.post('/organizations', { name: 'Own', slug: 'own' });
    const { key: tenant } = await makeKey(service, String(organization['id']), 'admin');
    const status = async (key: string) =>
      (await watch(service.url, { authorization: `Bearer ${key}` })).response.status;
    expect([await status(ops), await status(tenant), await status('es_guessed')]).toEqual([200, 403, 401]);
  });

  it('is for twenty at once; who comes then is told so, until somebody leaves', async () => {
    for (let number = 0; number < 20; number += 1) await (await watch(service.url)).next();
    const refused = await fetch(`${service.url}${PATH}`, { headers: ADMIN });
    expect([refused.status, Number(refused.headers.get('retry-after'))]).toEqual([503, 2]);
    expect(await refused.json()).toMatchObject({ type: '/api/v1/problems/overloaded' });
    // HEAD looks, and stays nowhere.
    readers.pop()?.leave();
    const ask = () => fetch(`${service.url}${PATH}`, { method: 'HEAD', headers: ADMIN }).then(({ status }) => status);
    await untilAnswer(ask, (status) => status === 200);
    expect((await watch(service.url)).response.status).toBe(200);
  });

  it('is counted when it begins, with the time that its beginning took', async () => {
    const figures = async () => {
      const { body } = await service.api.get<{
        routes: { route: string; method: string; durations: { maxMs: number } }[];
      }>('/performance/metrics/summary', { window: 'start' });
      return body.routes.find(({ route, method }) => route === PATH && method === 'GET') as unknown as {
        count: number;
        durations: { maxMs: number };
      };
    };
    const before = await figures();
    const stream = await watch(service.url);
    await stream.next();
    expect((await figures()).count).toBe(before.count + 1);
    await stream.next();
    stream.leave();
    const after = await figures();
    expect(after.count).toBe(before.count + 1);
    expect(after.durations.maxMs).toBeLessThan(1500);
  });
});

describe('a process of its own', () => {
  let compiled: CompiledService;
  const started: ServiceProcess[] = [];
  const ways: FaultProxy[] = [];
  beforeAll(() => {
    compiled = new CompiledService();
  });
  afterEach(async () => {
    for (const service of started.splice(0)) await service.kill();
    for (const way of ways.splice(0)) way.close();
  });
  afterAll(() => compiled.remove());

  async function start(variables: Readonly<Record<string, string>>): Promise<ServiceProcess> {
    const service = await ServiceProcess.start(compiled, variables);
    started.push(service);
    await service.untilReady();
    return service;
  }

  async function wayTo(variable: 'MONGODB_URI' | 'REDIS_URL') {
    const server = new URL(String(process.env[`TEST_${variable}`]));
    const way = await FaultProxy.to(Number(server.port));
    ways.push(way);
    server.port = String(way.port);
    return { way, variables: { [variable]: server.href } };
  }

  it('ends its streams as soon as it is asked to stop, gives no new ones, and stops as ever', async () => {
    const service = await start({ STOP_DELAY_MS: '3000' });
    const stream = await watch(service.url);
    await stream.next();
    const signalledAt = performance.now();
    const ending = service.stop();
    expect(await stream.next(() => false)).toBeUndefined();
    expect(performance.now() - signalledAt).toBeLessThan(1000);
    const { status } = await fetch(`${service.url}${PATH}`, { headers: ADMIN });
    expect(status).toBe(503);
    expect(await ending).toEqual({ code: 0, signal: null });
    expect(service.lines.filter((line) => /(ERROR|WARN)(?!: \[Requests\])|cut off/.test(line))).toEqual([]);
  });

  it('tells how it is while MongoDB and Redis are away, to whom it knows', async () => {
    const mongodb = await wayTo('MONGODB_URI');
    const redis = await wayTo('REDIS_URL');
    const service = await start({ ...mongodb.variables, ...redis.variables });
    mongodb.way.cut();
    redis.way.cut();
    const stream = await watch(service.url);
    const seen = await stream.next(({ data }) => data.signals?.openBreakers === 2);
    expect(seen?.data.breakers).toMatchObject([
      { dependency: 'mongodb', state: 'open', cause: expect.any(String) },
      { dependency: 'redis', state: 'open', cause: expect.any(String) },
    ]);
    const page = await fetch(`${service.url}/api/v1/performance/dashboard`);
    expect(page.status).toBe(200);
  });
});
