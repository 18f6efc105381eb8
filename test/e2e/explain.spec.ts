import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { publicName } from '../../src/common/lists/list-shapes.js';
import { documentedRoutes } from '../../src/modules/performance/queries/documented-routes.js';
import type { RouteExplanation } from '../../src/modules/performance/queries/query-reports.js';
import { type Crowd, crowd, DIRECTORY } from '../properties/crowded-directory.js';
import { LISTS, queries } from '../properties/list-pages.js';
import { PLANS_LIKE_MONGOD } from '../support/explain.js';
import { makeKey } from '../support/principals.js';
import { startService, type TestService } from '../support/service.js';

const describePlans = PLANS_LIKE_MONGOD ? describe : describe.skip;
const LIMIT = 5;

let service: TestService;
let rows: Crowd;
beforeAll(async () => {
  // Of the keys' own quota nothing is to be left over for what is explained.
  service = await startService({ RATE_LIMIT_TENANT_PER_MINUTE: '1', RATE_LIMIT_TIERS: 'free=1,premium=1' });
  rows = await crowd(service.db);
});
afterAll(() => service.stop());

const ask = (body: object, api = service.api) => api.post('/performance/queries/explain', body);

async function explain(body: object, api = service.api): Promise<RouteExplanation> {
  const answer = await ask(body, api);
  expect({ ...body, status: answer.status, errors: answer.body['errors'] }).toMatchObject({ status: 200 });
  return answer.body as unknown as RouteExplanation;
}

const first = (collection: string) => rows[collection]?.[0] ?? {};
const idOf = (collection: string): string => String(first(collection)['_id']);
const tenant = (): string => String(first('clinics')['organizationId']);

describePlans('a list', () => {
  const lists = LISTS.filter(({ path }) => DIRECTORY.some((one) => one.path === path));

  it.each(lists)('of $called is index-served, with no more keys than rows and one', async (list) => {
    const [query] = queries(list, rows);
    const { status, queries: explained } = await explain({
      route: `GET /api/v1${list.path}`,
      parameters: { ...query, limit: LIMIT },
    });
    expect(status).toBe(200);
    const [found, ...others] = explained;
    expect(others).toEqual([]);
    expect(found).toMatchObject({ kind: 'find', collection: list.collection, verdict: 'index-served' });
    expect(found?.plan?.keysExamined).toBeLessThanOrEqual(LIMIT + 1);
    expect(found?.plan?.indexes.map(({ name }) => name)).toEqual([list.shape.index.name]);
    expect(found?.createIndex).toBeNull();
  });
});

describePlans('a route', () => {
  it('of many queries has them explained all', async () => {
    const { queries: explained } = await explain({
      route: 'GET /api/v1/assignments/clinic/{id}/staff',
      parameters: { id: idOf('clinics'), limit: LIMIT, count: 'exact' },
    });
    expect(explained.map(({ kind, collection }) => `${kind} ${collection}`).toSorted()).toEqual([
      'aggregate provider_clinic_assignments',
      'find provider_clinic_assignments',
      'find providers',
    ]);
    expect(explained.map(({ verdict }) => verdict)).toEqual(explained.map(() => 'index-served'));
  });

  it('of an aggregation has what it joins explained as well', async () => {
    const { queries: explained } = await explain({
      route: 'GET /api/v1/organizations/{id}/summary',
      parameters: { id: tenant() },
    });
    expect(explained.map(({ collection, verdict }) => [collection, verdict])).toEqual([
      ['organizations', 'index-served'],
      ['clinics', 'index-served'],
      ['providers', 'index-served'],
      ['provider_clinic_assignments', 'index-served'],
    ]);
    expect(explained.map(({ ms }) => ms === null)).toEqual([false, true, true, true]);
  });

  it('whose index is gone scans or sorts, and is told which declared one to make', async () => {
    const name = 'organizationId_1_name_1__id_1';
    await service.db.collection('clinics').dropIndex(name);
    const body = { route: 'GET /api/v1/clinics', parameters: { organizationId: tenant(), sort: 'name', limit: LIMIT } };
    const [lost] = (await explain(body)).queries;
    expect(['scans', 'sorts-in-memory', 'examines-more-than-it-returns']).toContain(lost?.verdict);
    expect(lost?.advice).toContain(`The declared index ${name} is missing`);
    expect(lost?.createIndex).toBe(`db.clinics.createIndex({"organizationId":1,"name":1,"_id":1}, {"name":"${name}"})`);
    await service.db.collection('clinics').createIndex({ organizationId: 1, name: 1, _id: 1 }, { name });
    expect((await explain(body)).queries[0]?.verdict).toBe('index-served');
  });

  it('is past the cache each time, also when many ask for the same at once', async () => {
    const body = { route: 'GET /api/v1/clinics/{id}', parameters: { id: idOf('clinics') } };
    const explained = await Promise.all([1, 2, 3, 4].map(() => explain(body)));
    expect(explained.filter(({ queries: found }) => found.length > 0).length).toBeGreaterThanOrEqual(3);
    expect((await explain(body)).queries).toHaveLength(1);
  });
});

describe('as a viewer of an organization', () => {
  const [own, other] = [() => rows['clinics']?.[0] ?? {}, () => rows['clinics']?.at(-1) ?? {}];

  it('only its own records are found', async () => {
    const organizationId = String(own()['organizationId']);
    const route = 'GET /api/v1/clinics/{id}';
    const statusOf = async (id: unknown) =>
      (await explain({ route, organizationId, parameters: { id: String(id) } })).status;
    expect(await statusOf(own()['_id'])).toBe(200);
    expect(await statusOf(other()['_id'])).toBe(404);
    const {
      status,
      as,
      queries: found,
    } = await explain({
      route: 'GET /api/v1/clinics',
      organizationId,
      parameters: { limit: 100 },
    });
    expect([status, as]).toEqual([200, 'a viewer of the organization']);
    expect(found[0]?.shape).toBe('find clinics {organizationId: ?} sort {createdAt: -1, _id: -1}');
  });

  it('what only the platform may read is refused, and sends nothing', async () => {
    const { status, queries: found } = await explain({ route: 'GET /api/v1/organizations', organizationId: tenant() });
    expect([status, found]).toEqual([403, []]);
  });

  it("nothing of the organization's quota is spent", async () => {
    const { id } = await service.api.post('/organizations', { name: 'Q', slug: 'quota' }).then(({ body }) => body);
    for (let at = 0; at < 5; at += 1) {
      expect((await explain({ route: 'GET /api/v1/clinics', organizationId: String(id) })).status).toBe(200);
    }
    const { api } = await makeKey(service, String(id), 'viewer');
    expect((await api.get('/clinics')).status).toBe(200);
    expect((await api.get('/clinics')).status).toBe(429);
  });
});

it('operators, who may not read the directory, are told how it is read', async () => {
  const operator = await makeKey(service, null, 'ops');
  expect((await operator.api.get('/clinics')).status).toBe(403);
  const { status, as, queries } = await explain({ route: 'GET /api/v1/clinics' }, operator.api);
  expect([status, as, queries.map(({ verdict }) => verdict)]).toEqual([
    200,
    'a reader of the platform',
    ['index-served'],
  ]);
});

describe('it is refused', () => {
  it.each<[string, object, { pointer: string }]>([
    ['a route that is not there', { route: 'GET /api/v1/patients' }, { pointer: '/route' }],
    ['a route that writes', { route: 'POST /api/v1/clinics' }, { pointer: '/route' }],
    ['keys', { route: 'GET /api/v1/auth/keys' }, { pointer: '/route' }],
    ['the audit log', { route: 'GET /api/v1/audit' }, { pointer: '/route' }],
    ['itself', { route: 'POST /api/v1/performance/queries/explain' }, { pointer: '/route' }],
    [
      'an unknown parameter',
      { route: 'GET /api/v1/clinics', parameters: { code2: 'x' } },
      { pointer: '/parameters/code2' },
    ],
    ['a path without its id', { route: 'GET /api/v1/clinics/{id}' }, { pointer: '/parameters/id' }],
    [
      'what the route refuses',
      { route: 'GET /api/v1/clinics', parameters: { limit: 0 } },
      { pointer: '/parameters/limit' },
    ],
    [
      'an organization that is no id',
      { route: 'GET /api/v1/clinics', organizationId: 'x' },
      { pointer: '/organizationId' },
    ],
    ['more than it knows', { route: 'GET /api/v1/clinics', verbose: true }, { pointer: '/verbose' }],
  ])('to explain %s', async (_, body, mistake) => {
    const answer = await ask(body);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ type: '/api/v1/problems/validation-failed', errors: [mistake] });
  });

  it('to explain what no index serves, with the reason', async () => {
    const parameters = { status: 'active', search: 'port', sort: 'name' };
    const { status, body } = await ask({ route: 'GET /api/v1/clinics', parameters });
    expect(status).toBe(400);
    expect(body['detail']).toContain('No index serves');
  });

  it('to an id that would lead elsewhere', async () => {
    const found = await explain({ route: 'GET /api/v1/clinics/{id}', parameters: { id: idOf('clinics') } });
    expect(found.status).toBe(200);
    const { status } = await ask({ route: 'GET /api/v1/clinics/{id}', parameters: { id: '../auth/keys' } });
    expect(status).toBe(400);
  });
});

it('tells no value of a query and nothing of a record', async () => {
  const clinic = first('clinics');
  const parameters = { organizationId: tenant(), code: String(clinic['code']) };
  const text = JSON.stringify(await explain({ route: 'GET /api/v1/clinics', parameters }));
  for (const value of [tenant(), clinic['code'], clinic['name'], String(clinic['_id'])]) {
    expect(text).not.toContain(String(value));
  }
  const route = 'GET /api/v1/providers/{id}';
  const single = JSON.stringify(await explain({ route, parameters: { id: idOf('providers') } }));
  expect(single).not.toContain(idOf('providers'));
  expect(single).not.toContain(String(first('providers')['lastName']));
});

it('can explain each route that the documentation says reads the directory', async () => {
  const routes = [...documentedRoutes().values()].filter(({ readsDirectory }) => readsDirectory);
  expect(routes.length).toBeGreaterThanOrEqual(11);
  for (const { name, template } of routes) {
    const collection = /\/(\w+)\/\{id\}/.exec(template)?.[1]?.replace(/s?$/, 's') ?? '';
    const id = idOf(collection === 'assignments' ? 'provider_clinic_assignments' : collection);
    const { status, queries: found } = await explain({
      route: name,
      ...(template.includes('{id}') && { parameters: { id } }),
    });
    expect([name, status, found.length > 0]).toEqual([name, 200, true]);
  }
});

it('names parameters as the API does', () => {
  const names = documentedRoutes()
    .get('GET /api/v1/clinics')
    ?.parameters.map(({ name }) => name);
  expect(names).toEqual(
    expect.arrayContaining(['organizationId', 'status', publicName('searchTerms'), 'sort', 'limit']),
  );
});
