import { afterAll, describe, expect, it } from '@jest/globals';
import type { Db } from 'mongodb';
import { ObjectId } from 'mongodb';
import { ROLES } from '../../src/common/context/principal.js';
import { Directory } from '../support/directory.js';
import { CALLERS, type Caller, type CallerName, everyCaller, makeKey } from '../support/principals.js';
import { startService } from '../support/service.js';
import { another, type MatrixRoute, matrixRoutes, type Target } from './matrix-routes.js';
import { routeAccess } from './route-access.js';

/** Stands in every record of the other organization. */
const MARKER = 'Wisteria-Lane-7c1f';
const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

const service = await startService({ RATE_LIMIT_TENANT_PER_MINUTE: '0' });
afterAll(() => service.stop());

const directory = new Directory(service.api);
const keyOf = (organizationId: string, name = 'own key') => makeKey(service, organizationId, 'viewer', { name });

async function fill(mark: string): Promise<Target> {
  const organization = await directory.organization({ name: mark, contact: { name: mark } });
  const clinic = await directory.clinic(organization.id, { name: mark, code: mark });
  const provider = await directory.provider(organization.id, { lastName: mark });
  const assignment = await directory.assignment(provider.id, clinic.id, { role: mark });
  const key = await keyOf(organization.id, mark);
  return {
    organizations: organization.id,
    clinics: clinic.id,
    providers: provider.id,
    assignments: assignment.id,
    keys: key.id,
  };
}

const unknownId = () => new ObjectId().toHexString();
const own = await fill('Own');
const foreign = await fill(MARKER);
const unknown: Target = {
  organizations: unknownId(),
  clinics: unknownId(),
  providers: unknownId(),
  assignments: unknownId(),
  keys: unknownId(),
};
const foreignBefore = await stored(service.db, foreign.organizations);

const callers = await everyCaller(service, own.organizations);
const routes = matrixRoutes(await keyOf(own.organizations));
const access = routeAccess(service);
const { paths } = (await (await fetch(`${service.url}/api/v1/openapi.json`)).json()) as {
  paths: Record<string, Record<string, unknown>>;
};
const operations = Object.entries(paths).flatMap(([template, path]) =>
  METHODS.filter((method) => method in path).map((method) => `${method.toUpperCase()} ${template}`),
);

it('the API document has every route of the service, and no other', () => {
  expect([...operations].sort()).toEqual([...access.keys()].sort());
});

it('every route says who may call it', () => {
  expect([...access].filter(([, who]) => who === undefined)).toEqual([]);
});

const names = Object.keys(CALLERS) as CallerName[];

// The document's, and any that it has forgotten.
describe.each([...new Set([...operations, ...access.keys()])])('%s', (operation) => {
  it.each(names.map((name) => [name, expectation(operation, name)] as const))('%s is %s', async (name, outcome) => {
    const route = routes[operation];
    if (route === undefined) {
      throw new Error(`Add ${operation} to test/tenancy/matrix-routes.ts: how it is called, and what it answers`);
    }
    const call = (target: Target) => send(operation, route, callers[name], target);
    if (outcome !== 'served') {
      const refusals = [await call(own), await call(foreign), await call(unknown)];
      expect(refusals.map(({ status }) => status)).toEqual(Array(3).fill(outcome === 'turned away' ? 401 : 403));
      expect(new Set(refusals.map(({ shape }) => shape)).size).toBe(1);
      return;
    }
    const target = route.spends === undefined ? own : { ...own, [route.spends]: await fresh(route.spends) };
    const served = await call(target);
    expect([served.status, served.status === route.own ? '' : served.text]).toEqual([route.own, '']);
    if (route.elsewhere === undefined) return;
    const nowhere = await call(unknown);
    if (CALLERS[name].kind === 'platform') {
      expect(nowhere.status).toBe(route.nowhere ?? route.elsewhere);
    } else {
      expect(nowhere.status).toBe(route.elsewhere);
      expect((await call(foreign)).shape).toEqual(nowhere.shape);
    }
  });
});

it('nothing of the other organization has changed by a byte', async () => {
  expect(await stored(service.db, foreign.organizations)).toEqual(foreignBefore);
  expect(foreignBefore.length).toBeGreaterThan(9);
});

it('the other organization is there to be found: the platform sees its records', async () => {
  const seen = await send(
    'GET /api/v1/clinics/{id}',
    routes['GET /api/v1/clinics/{id}'],
    callers['a platform admin'],
    foreign,
  );
  expect(seen.text).toContain(MARKER);
});

/** What must become of a caller by the route's own words. */
function expectation(operation: string, name: CallerName): 'served' | 'refused' | 'turned away' {
  const needed = access.get(operation);
  const caller = CALLERS[name];
  if (needed === 'public') return 'served';
  if (caller.kind === 'stranger') return 'turned away';
  if (needed === undefined || (needed.platform && caller.kind !== 'platform')) return 'refused';
  const scopes: readonly string[] =
    caller.kind === 'platform' ? ROLES.platform[caller.role] : ROLES.organization[caller.role];
  return scopes.includes(needed.scope) ? 'served' : 'refused';
}

const fresh = (kind: keyof Target) => another(kind, own.organizations, directory, keyOf);

/** Calls the route; an answer with anything of the other organization fails unless the platform asked. */
async function send(operation: string, route: MatrixRoute | undefined, { name, credential }: Caller, target: Target) {
  const [method = '', template = ''] = operation.split(' ');
  const { id = '', query = {}, body } = route?.call(target) ?? {};
  const url = new URL(template.replace(/\{\w+\}/, id), service.url);
  for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
  const response = await fetch(url, {
    method,
    headers: {
      ...(credential === undefined ? {} : { authorization: `Bearer ${credential}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  const text = bytes.toString('latin1');
  if (CALLERS[name].kind !== 'platform') {
    expect(`${JSON.stringify([...response.headers])}${text}`).not.toContain(MARKER);
  }
  return { status: response.status, text, shape: shapeOf(response, text) };
}

/** Everything that an answer tells, apart from the ids that it was asked with. */
function shapeOf({ status, headers }: Response, text: string): string {
  const withoutIds = text.replace(/"correlationId":"[^"]*"/, '').replace(/[0-9a-f]{24}/g, '<id>');
  return JSON.stringify([status, [...headers.keys()].sort(), withoutIds]);
}

/** The organization and all documents that belong to it, byte for byte. */
async function stored(db: Db, organizationId: string): Promise<readonly string[]> {
  const id = new ObjectId(organizationId);
  const collections = (await db.collections()).map(({ collectionName }) => collectionName).sort();
  const documents = await Promise.all(
    collections.map(async (collection) => {
      const filter = collection === 'organizations' ? { _id: id } : { organizationId: id };
      const found = await db
        .collection(collection)
        .find(filter, { raw: true, sort: { _id: 1 } })
        .toArray();
      return found.map((raw) => `${collection} ${Buffer.from(raw as unknown as Uint8Array).toString('hex')}`);
    }),
  );
  return documents.flat();
}
