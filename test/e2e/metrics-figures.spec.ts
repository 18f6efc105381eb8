import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WindowClock } from '../../src/common/observability/windows.js';
import type { DurationFigures } from '../../src/modules/performance/reports/metrics-figures.js';
import type {
  PoolReport,
  QueryReport,
  RequestReport,
  RouteFigures,
} from '../../src/modules/performance/reports/metrics-reports.service.js';
import { type MonitoredService, startMonitoredService } from '../support/command-log.js';
import { PLATFORM_KEY, startService } from '../support/service.js';
import { untilAnswer } from '../support/until.js';
import { makePractice, type Practice } from './cached-routes.js';
import { Ledger } from './ledger.js';

const FRESH = { 'cache-control': 'no-cache' } as const;
const ROUTE = '/api/v1/providers/{id}';

let service: MonitoredService;
let practice: Practice;
beforeAll(async () => {
  service = await startMonitoredService();
  practice = await makePractice(service.api);
});
afterAll(() => service.stop());

const get = async <T>(name: string, query = {}) =>
  (await service.api.get<T>(`/performance/metrics/${name}`, query)).body;
const summary = (window: string) => get<RequestReport>('summary', { window });
const queries = (window: string) => get<QueryReport>('queries', { window });
const routeOf = ({ routes }: RequestReport, name: string): RouteFigures | undefined =>
  routes.find(({ method, route }) => `${method} ${route}` === name);

function expectConsistent(
  { meanMs, minMs, p50Ms, p90Ms, p95Ms, p99Ms, maxMs, totalMs }: DurationFigures,
  count: number,
) {
  const rising = [minMs, p50Ms, p90Ms, p95Ms, p99Ms, maxMs];
  expect(rising).toEqual(rising.toSorted((a, b) => a - b));
  expect([meanMs >= minMs, meanMs <= maxMs]).toEqual([true, true]);
  expect(Math.abs(totalMs - meanMs * count)).toBeLessThanOrEqual(0.001 * count + 0.001);
}

describe('the durations of a route', () => {
  it('are at most what its clients have waited, and agree with each other', async () => {
    const ledger = new Ledger(service.url, PLATFORM_KEY);
    const path = `/providers/${practice.provider.id}`;
    const ask = () => ledger.send('GET', ROUTE, path, { headers: FRESH });
    for (let round = 0; round < 20; round += 1) await Promise.all([1, 2, 3, 4, 5].map(ask));
    ledger.close();
    const { answer } = await untilAnswer(
      () => summary('start'),
      (report) => routeOf(report, `GET ${ROUTE}`)?.count === 100,
    );
    const durations = routeOf(answer, `GET ${ROUTE}`)?.durations;
    if (durations === undefined) throw new Error('the route is not there');
    expectConsistent(durations, 100);
    const waited = ledger.waited(`GET ${ROUTE}`).toSorted((a, b) => a - b);
    const quantile = (share: number) => waited[Math.ceil(share * waited.length) - 1] ?? 0;
    // The percentiles are right to within 2 %.
    expect(durations.p50Ms).toBeLessThanOrEqual(quantile(0.5) * 1.02);
    expect(durations.p99Ms).toBeLessThanOrEqual(quantile(0.99) * 1.02);
    expect(durations.maxMs).toBeLessThanOrEqual(quantile(1));
    expect(durations.totalMs).toBeLessThanOrEqual(waited.reduce((sum, ms) => sum + ms, 0));
    expect(durations.minMs).toBeGreaterThan(0);
  });
});

describe('a summary', () => {
  it('adds up to its total, and begins with what takes the most time', async () => {
    const { total, routes, seconds, speaksFor, process: answering } = await summary('start');
    const sum = (figure: 'count' | 'errors' | 'refused' | 'bytes' | 'hits') =>
      routes.reduce((so, route) => so + route[figure], 0);
    const { count, errors, refused, bytes, hits } = total;
    expect({ count, errors, refused, bytes, hits }).toEqual({
      ...{ count: sum('count'), errors: sum('errors'), refused: sum('refused') },
      ...{ bytes: sum('bytes'), hits: sum('hits') },
    });
    expectConsistent(total.durations, count);
    expect(total.ratePerSecond).toBeCloseTo(count / Math.max(1, seconds), 2);
    const times = routes.map(({ durations }) => durations.totalMs);
    expect(times).toEqual(times.toSorted((a, b) => b - a));
    expect([speaksFor, answering.pid]).toEqual(['this process', process.pid]);
  });

  it.each(['60s', '5m', '1h', 'start'])('speaks of the time that is asked for: %s', async (window) => {
    const report = await summary(window);
    expect([report.window, report.seconds > 0, report.total.count > 0]).toEqual([window, true, true]);
  });

  it('of the last minute knows nothing of what was before it, which that since the start does', async () => {
    const before = (await summary('start')).total.count;
    const clock = service.app.get(WindowClock);
    for (let slot = 0; slot < 7; slot += 1) clock.turn();
    const [minute, start] = [await summary('60s'), await summary('start')];
    expect(minute.routes.map(({ method, route }) => `${method} ${route}`)).not.toContain(`GET ${ROUTE}`);
    expect(routeOf(start, `GET ${ROUTE}`)?.count).toBe(100);
    expect(start.total.count).toBeGreaterThan(before);
    expect(minute.total.count).toBeLessThan(5);
  });

  it.each([
    ['summary', { window: '10s' }],
    ['summary', { window: '' }],
    ['summary', { windows: '60s' }],
    ['queries', { window: '24h' }],
    ['queries', { sort: 'count' }],
    ['pool', { window: '60s' }],
  ])('is refused where it is asked for what there is not: %s %j', async (name, query) => {
    expect((await service.api.get(`/performance/metrics/${name}`, query)).status).toBe(400);
  });
});

/** As test/integration/query-counts.spec.ts has it. */
const COSTS: Readonly<Record<string, number>> = {
  'GET /api/v1/organizations': 1,
  'GET /api/v1/organizations/{id}/summary': 1,
  'GET /api/v1/clinics/{id}': 1,
  'GET /api/v1/assignments/provider/{id}/clinics': 2,
  'GET /api/v1/assignments/clinic/{id}/staff': 2,
  'POST /api/v1/clinics': 4,
  'PATCH /api/v1/clinics/{id}': 4,
  'DELETE /api/v1/clinics/{id}': 7,
};

describe('the queries of requests', () => {
  it('are as many as each route costs', async () => {
    const own = await startService();
    try {
      const { clinic, organization, provider } = await makePractice(own.api);
      const ids: Readonly<Record<string, string>> = {
        ...{ organizations: organization.id, clinics: clinic.id, clinic: clinic.id, provider: provider.id },
      };
      for (const route of Object.keys(COSTS)) {
        const [method = '', template = ''] = route.split(' ');
        const [, kind = ''] = /\/([a-z]+)\/\{id\}/.exec(template) ?? [];
        const path = template.replace('/api/v1', '').replace('{id}', ids[kind] ?? '');
        const bodies = { POST: { organizationId: organization.id, name: 'New', code: 'NEW' }, PATCH: {} };
        const body = method === 'POST' || method === 'PATCH' ? { body: bodies[method] } : {};
        const query = method === 'DELETE' ? { query: { cascade: true } } : {};
        const { status } = await own.api.request(method, path, { ...body, ...query, headers: FRESH });
        expect([route, status < 300]).toEqual([route, true]);
      }
      const { routes } = (await own.api.get<RequestReport>('/performance/metrics/summary')).body;
      const counted = routes.map(({ method, route, queriesPerRequest }) => [`${method} ${route}`, queriesPerRequest]);
      expect(Object.fromEntries(counted)).toMatchObject(COSTS);
    } finally {
      await own.stop();
    }
  });

  it('are those that the driver has told of, by their shapes and by who has sent them', async () => {
    const counts = async () => {
      const { shapes, total } = await queries('start');
      expect(total.count).toBe(shapes.reduce((sum, { count }) => sum + count, 0));
      return new Map(shapes.map((shape) => [shape.shape, shape]));
    };
    const { clinic, organization, provider } = practice;
    const before = await counts();
    const sent = await service.commands.during(async () => {
      for (let at = 0; at < 3; at += 1) {
        await service.api.get(`/clinics/${clinic.id}`, {}, FRESH);
        await service.api.get('/clinics', { organizationId: organization.id, status: 'active', count: 'exact' }, FRESH);
        await service.api.get(`/assignments/provider/${provider.id}/clinics`, {}, FRESH);
        await service.api.patch(`/clinics/${clinic.id}`, { name: `Clinic ${at}` });
      }
    });
    const lines: Record<string, number> = {};
    // The plans of new shapes are looked at, which is no query.
    for (const { line } of sent.filter((command) => command.line !== 'explain')) lines[line] = (lines[line] ?? 0) + 1;
    const grown: Record<string, number> = {};
    const after = [...(await counts()).values()].filter(({ collection }) => collection !== 'cache_fences');
    for (const { kind, collection, shape, count } of after) {
      const more = count - (before.get(shape)?.count ?? 0);
      const line = [kind, collection].filter((part) => part !== '').join(' ');
      if (more > 0) grown[line] = (grown[line] ?? 0) + more;
    }
    expect(grown).toEqual(lines);
    const byRoute = after.filter(({ by }) => by.includes('GET /api/v1/assignments/provider/{id}/clinics'));
    expect(byRoute.map(({ kind, collection }) => `${kind} ${collection}`).toSorted()).toEqual([
      'find clinics',
      'find provider_clinic_assignments',
    ]);
  });

  it('are told of without a value of them', async () => {
    const report = JSON.stringify(await queries('start'));
    const values = Object.values(practice).flatMap(({ id, name, code, slug }) => [id, name, code, slug]);
    expect(values.filter((value) => value !== undefined && report.includes(String(value)))).toEqual([]);
    expect(report).toContain('find clinics {');
  });

  it('have durations that agree with each other', async () => {
    const { total, shapes, slowMs } = await queries('1h');
    for (const { durations, count, slow, failed } of [total, ...shapes]) {
      expectConsistent(durations, count);
      expect([slow <= count, failed <= count, slow > 0]).toEqual([true, true, durations.maxMs > slowMs]);
    }
  });
});

describe('the connections of the process', () => {
  it('are those that there are', async () => {
    const { mongodb, redis, http } = await get<PoolReport>('pool');
    const { size, available, inUse, waiting, max } = mongodb.pool;
    expect([size > 0, size <= max, available + inUse <= size, waiting]).toEqual([true, true, true, 0]);
    for (const { limit, running, refused } of [mongodb.operations, mongodb.writes]) {
      expect([limit > 0, running, refused]).toEqual([true, 0, 0]);
    }
    expect([redis.status, http.open > 0, http.open <= http.max]).toEqual(['ready', true, true]);
  });

  it('are more with each client', async () => {
    const { hostname, port } = new URL(service.url);
    const open = async () => (await get<PoolReport>('pool')).http.open;
    const before = await open();
    const clients: Socket[] = Array.from({ length: 5 }, () => connect(Number(port), hostname));
    await Promise.all(clients.map((client) => once(client, 'connect')));
    await untilAnswer(open, (now) => now === before + 5);
    for (const client of clients) client.destroy();
    await untilAnswer(open, (now) => now === before);
  });
});

it('where nothing is to be measured nothing is counted, and all else is as ever', async () => {
  const off = await startService({ METRICS_ENABLED: 'false' });
  try {
    await makePractice(off.api);
    const { headers } = await off.api.get('/clinics', {}, FRESH);
    const { body } = await off.api.get<RequestReport>('/performance/metrics/summary', { window: 'start' });
    const { body: sent } = await off.api.get<QueryReport>('/performance/metrics/queries');
    expect([body.total.count, body.routes, body.total.durations.minMs, sent.total.count]).toEqual([0, [], 0, 0]);
    expect(headers.get('x-response-time')).not.toBe('0.0ms');
  } finally {
    await off.stop();
  }
});
