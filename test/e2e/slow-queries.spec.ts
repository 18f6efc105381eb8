import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { getConnectionToken } from '@nestjs/mongoose';
import type { Connection } from 'mongoose';
import { DatabaseGate } from '../../src/common/database/database-gate.js';
import { QueryMonitor } from '../../src/common/database/query-monitor.js';
import type { SlowQueriesReport, SlowQueryReport } from '../../src/modules/performance/queries/query-reports.js';
import { PAST_THE_CACHE } from '../support/api-client.js';
import { type ApiRecord, Directory } from '../support/directory.js';
import { startService, type TestService } from '../support/service.js';
import { untilAnswer } from '../support/until.js';

const CODE = 'CODE-THAT-MUST-NOT-SHOW';

let service: TestService;
let clinic: ApiRecord;
const lines: string[] = [];
const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation((line: unknown) => void lines.push(String(line)));
beforeAll(async () => {
  service = await startService();
  // Every query is: none of a test takes a known time.
  Object.assign(service.app.get(QueryMonitor), { slowMs: 0 });
  const directory = new Directory(service.api);
  const organization = await directory.organization();
  clinic = await directory.clinic(organization.id, { code: CODE });
});
beforeEach(() => void lines.splice(0));
afterAll(async () => {
  await service.stop();
  warn.mockRestore();
});

const report = async (window?: string): Promise<SlowQueriesReport> => {
  const { status, body } = await service.api.get<SlowQueriesReport>('/performance/queries/slow', { window });
  expect(status).toBe(200);
  return body;
};
const queryOf = async (shape: string): Promise<SlowQueryReport | undefined> =>
  (await report()).queries.find((query) => query.shape === shape);
const explained = async (shape: string): Promise<SlowQueryReport> => {
  const { answer } = await untilAnswer(
    () => queryOf(shape),
    (query) => query?.plan != null,
  );
  if (answer === undefined) throw new Error('It is not there');
  return answer;
};

const BY_CODE = 'find clinics {organizationId: ?, code: ?}';
const byCode = (correlationId: string) =>
  service.api.get(
    '/clinics',
    { organizationId: String(clinic['organizationId']), code: CODE },
    { ...PAST_THE_CACHE, 'x-correlation-id': correlationId },
  );

it('a slow query is there with its plan, its route, and the requests that it was slow for', async () => {
  for (const at of [1, 2, 3]) await byCode(`asks-${at}`);
  const query = await explained(BY_CODE);
  expect(query).toMatchObject({ collection: 'clinics', kind: 'find', count: 3, slow: 3, failed: 0, planError: null });
  expect(query.plan).toMatchObject({ verdict: 'index-served', keysExamined: 1, docsExamined: 1, returned: 1 });
  expect(query.plan?.indexes).toEqual([{ name: 'organizationId_1_code_1', keys: { organizationId: 1, code: 1 } }]);
  expect(query.plan?.examinedPerReturned).toBe(1);
  expect(query.latest.map(({ correlationId }) => correlationId)).toEqual(['asks-3', 'asks-2', 'asks-1']);
  expect(query.latest.map(({ by }) => by)).toEqual(Array(3).fill('GET /api/v1/clinics'));
  const total = query.latest.reduce((sum, { ms }) => sum + ms, 0);
  expect(Math.abs(query.totalMs - total)).toBeLessThan(0.1);
  expect(query.maxMs).toBe(Math.max(...query.latest.map(({ ms }) => ms)));
  expect(query.routes).toEqual([
    {
      route: 'GET /api/v1/clinics',
      documentation: '/api/docs#/Clinics/listClinics',
      explain: { route: 'GET /api/v1/clinics', parameters: expect.objectContaining({ code: expect.any(String) }) },
    },
  ]);
});

it('each route that it names leads to an operation of the documentation', async () => {
  await service.api.get(`/clinics/${clinic.id}`, {}, PAST_THE_CACHE);
  const { body } = await service.api.get<{
    paths: Record<string, Record<string, { operationId: string; tags: string[] }>>;
  }>('/openapi.json');
  const links = Object.values(body.paths).flatMap((path) =>
    Object.values(path).flatMap(({ operationId, tags }) => (tags ? `/api/docs#/${tags[0]}/${operationId}` : [])),
  );
  const routes = (await report()).queries.flatMap((query) => query.routes);
  expect(routes.map(({ route }) => route)).toContain('GET /api/v1/clinics/{id}');
  for (const { documentation } of routes) expect(links).toContain(documentation);
});

it('what it proposes to explain can be explained, and is the same query', async () => {
  await service.api.get('/clinics', { organizationId: String(clinic['organizationId']), sort: 'name' }, PAST_THE_CACHE);
  const shape = 'find clinics {organizationId: ?} sort {name: 1, _id: 1}';
  const { routes } = await explained(shape);
  const body = routes.find(({ route }) => route === 'GET /api/v1/clinics')?.explain;
  const answer = await service.api.post('/performance/queries/explain', body);
  expect(answer.status).toBe(200);
  expect((answer.body['queries'] as { shape: string }[]).map((query) => query.shape)).toEqual([shape]);
});

it('first comes what takes the most time in all', async () => {
  const { queries, slowMs, seconds } = await report();
  const totals = queries.map(({ totalMs }) => totalMs);
  expect(totals).toEqual(totals.toSorted((a, b) => b - a));
  expect(slowMs).toBe(0);
  expect(seconds).toBeGreaterThan(0);
});

it('is of the window that is asked for', async () => {
  for (const window of ['60s', '5m', '1h', 'start']) expect((await report(window)).window).toBe(window);
  expect((await service.api.get('/performance/queries/slow', { window: '2h' })).status).toBe(400);
});

it('a slow query is logged once with its plan, and the next of its shape are counted', async () => {
  const filter = (text: string) => lines.filter((line) => line.includes(text));
  const sort = { organizationId: String(clinic['organizationId']), sort: '-name' };
  for (const at of [1, 2, 3]) {
    await service.api.get('/clinics', sort, { ...PAST_THE_CACHE, 'x-correlation-id': `logged-${at}` });
  }
  const shape = 'find clinics {organizationId: ?} sort {name: -1, _id: -1}';
  await untilAnswer(
    () => nextTurn().then(() => filter(shape)),
    (found) => found.length > 0,
  );
  const [line, ...others] = filter(shape);
  expect(others).toEqual([]);
  expect(line).toMatch(/^slow: .* took \d+\.\d ms for GET \/api\/v1\/clinics \(logged-1\): index-served, /);
  expect(line).toContain('organizationId_1_name_1__id_1, 1 keys and 1 documents examined for 1');
});

it('what cannot be explained is logged at once, without a plan', async () => {
  await service.api.post('/providers', { organizationId: clinic['organizationId'], firstName: 'A', lastName: 'B' });
  expect(lines.find((line) => line.startsWith('slow: insert providers'))).toMatch(/: no plan$/);
});

it('an explain is no query of its own', async () => {
  const monitor = service.app.get(QueryMonitor);
  const before = monitor.queries.map(({ shape }) => shape.text);
  expect(before.filter((text) => text.includes('explain'))).toEqual([]);
  const { count } = await explained(BY_CODE);
  // Three of the first test, and none for what was explained of them.
  expect(count).toBe(3);
});

it('nothing is explained while operations wait for their turn at the database', async () => {
  const { limit } = service.app.get(DatabaseGate);
  const held = Promise.withResolvers<void>();
  const holding = Array.from({ length: limit.state.limit + 1 }, () => limit.run('read', () => held.promise));
  const sent = service.app.get<Connection>(getConnectionToken()).getClient().db(service.db.databaseName);
  await sent.collection('clinics').findOne({ npi: 'x' });
  const logged = () => nextTurn().then(() => lines.find((line) => line.includes('find clinics {npi: ?}')));
  const { answer } = await untilAnswer(logged, (line) => line !== undefined);
  expect(answer).toMatch(/: no plan: the database had other things to do$/);
  held.resolve();
  await Promise.all(holding);
});

it('a query of a transaction is explained outside of it', async () => {
  const connection = service.app.get<Connection>(getConnectionToken());
  const providers = connection.getClient().db(service.db.databaseName).collection('providers');
  await connection
    .getClient()
    .withSession((session) =>
      session.withTransaction(() => providers.findOne({ lastName: 'of a transaction' }, { session })),
    );
  expect((await explained('find providers {lastName: ?}')).plan?.verdict).toBe('scans');
});

it('a write is planned, and not done', async () => {
  const sent = service.app.get<Connection>(getConnectionToken()).getClient().db(service.db.databaseName);
  await sent.collection('clinics').updateOne({ code: CODE }, { $inc: { holds: 1 } });
  const query = await explained('update clinics {code: ?}');
  expect(query.plan).toMatchObject({ keysExamined: null, docsExamined: null, returned: null, verdict: 'scans' });
  expect((await service.db.collection('clinics').findOne({ code: CODE }))?.['holds']).toBe(1);
});

it('no value of a query shows, neither there nor in the log', async () => {
  await byCode('for-values');
  const text = JSON.stringify(await report('start')) + lines.join('\n');
  for (const value of [CODE, clinic.id, String(clinic['organizationId'])]) expect(text).not.toContain(value);
});
