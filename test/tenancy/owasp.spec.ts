import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { expectProblem, named } from '../e2e/problem-shape.js';
import { type ApiRecord, Directory } from '../support/directory.js';
import { clientOf, type MadeKey, makeKey } from '../support/principals.js';
import { startService, type TestService } from '../support/service.js';
import { startExternalIssuer } from './external-issuer.js';
import { routeAccess } from './route-access.js';

/** Stands in what the other organization has. */
const MARKER = 'Foxglove Court';

let service: TestService;
let directory: Directory;
let own: ApiRecord;
let other: ApiRecord;
let admin: MadeKey;
let editor: MadeKey;
let viewer: MadeKey;
beforeAll(async () => {
  service = await startService({ RATE_LIMIT_TENANT_PER_MINUTE: '0' });
  directory = new Directory(service.api);
  [own, other] = [await directory.organization(), await directory.organization({ name: MARKER })];
  [admin, editor, viewer] = [
    await makeKey(service, own.id, 'admin'),
    await makeKey(service, own.id, 'editor'),
    await makeKey(service, own.id, 'viewer'),
  ];
});
afterAll(() => service.stop());

describe('API1:2023 Broken Object Level Authorization', () => {
  it("an editor reaches no clinic of another organization by its id, nor through its own records' references", async () => {
    const theirs = await directory.clinic(other.id, { name: MARKER });
    const provider = await directory.provider(own.id);
    for (const answer of [
      await editor.api.get(`/clinics/${theirs.id}`),
      await editor.api.patch(`/clinics/${theirs.id}`, { name: 'Mine' }),
      await editor.api.delete(`/clinics/${theirs.id}`),
      await editor.api.get(`/assignments/clinic/${theirs.id}/staff`),
    ]) {
      expectProblem(answer, 'not-found');
    }
    const joined = await editor.api.post('/assignments', { providerId: provider.id, clinicId: theirs.id, role: 'x' });
    expectProblem(joined, 'reference-not-live');
    expect((await service.api.get(`/clinics/${theirs.id}`)).body).toMatchObject({ name: MARKER, version: 1 });
  });

  it("another organization's cursor opens nothing of it", async () => {
    for (let n = 0; n < 3; n += 1) await directory.clinic(other.id, { name: MARKER });
    const theirs = await makeKey(service, other.id, 'viewer');
    const { nextCursor } = (await theirs.api.page('/clinics', { limit: 1 })).body.page;
    const stolen = await viewer.api.get('/clinics', { limit: 1, cursor: nextCursor });
    expectProblem(stolen, 'invalid-cursor');
    expect(JSON.stringify(stolen.body)).not.toContain(MARKER);
  });

  it('lists, searches and counts see the own organization alone', async () => {
    await directory.clinic(own.id, { name: 'Ours' });
    await directory.clinic(other.id, { name: MARKER });
    const { body } = await viewer.api.page('/clinics', { limit: 100, count: 'exact' });
    expect(new Set(body.data.map(({ organizationId }) => organizationId))).toEqual(new Set([own.id]));
    expect(body.page.total).toBe(body.data.length);
    expect((await viewer.api.page('/clinics', { search: 'Foxglove' })).body.data).toEqual([]);
    const estimated = await viewer.api.page('/clinics', { limit: 1, count: 'estimate' });
    expect([undefined, body.page.total]).toContain(estimated.body.page.total);
  });
});

describe('API2:2023 Broken Authentication', () => {
  it('neither a token that nobody signed nor a key that is almost right gets in, and the refusal says which to bring', async () => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = { iss: 'enterprise-service', aud: 'enterprise-service', sub: admin.id, exp: 4_102_444_800 };
    for (const credential of [
      `${part({ alg: 'none' })}.${part(claims)}.`,
      `${part({ alg: 'none' })}.${part(claims)}.AA`,
      `${admin.key.slice(0, -1)}${admin.key.endsWith('A') ? 'B' : 'A'}`,
      String(admin.record['prefix']),
      admin.id,
    ]) {
      const answer = await clientOf(service, credential).get('/clinics');
      expectProblem(answer, 'unauthenticated');
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="enterprise-service"');
    }
  });
});

describe('API3:2023 Broken Object Property Level Authorization', () => {
  it.each(['version', 'createdAt', 'searchTerms', 'holds', '_id', '__proto__x'])(
    'a body cannot set %s',
    async (field) => {
      const answer = await editor.api.post('/clinics', { name: 'X', code: `P-${field}`, [field]: 9 });
      expectProblem(answer, 'validation-failed');
      expect(named(answer)).toEqual([`/${field}`]);
    },
  );

  it("an organization's admin cannot set its own plan or bring it back", async () => {
    expectProblem(await admin.api.patch(`/organizations/${own.id}`, { subscriptionTier: 'enterprise' }), 'forbidden');
    expectProblem(await admin.api.patch(`/organizations/${own.id}`, { status: 'suspended' }), 'forbidden');
    expect((await service.api.get(`/organizations/${own.id}`)).body).toMatchObject({
      subscriptionTier: own['subscriptionTier'],
      status: 'active',
    });
  });

  it('a record cannot be moved to another organization', async () => {
    const { id } = await directory.clinic(own.id);
    expectProblem(await editor.api.patch(`/clinics/${id}`, { organizationId: other.id }), 'validation-failed');
  });

  it.each(['digest', 'privateJwk', 'holds', 'searchTerms'])('%s cannot be selected', async (field) => {
    expectProblem(await admin.api.get('/auth/keys', { fields: field }), 'validation-failed');
    expectProblem(await admin.api.get('/clinics', { fields: field }), 'validation-failed');
  });
});

describe('API4:2023 Unrestricted Resource Consumption', () => {
  it('pages, bodies and requests a minute have bounds', async () => {
    expectProblem(await viewer.api.get('/clinics', { limit: 101 }), 'validation-failed');
    expectProblem(await viewer.api.get('/clinics', { page: 10_000, limit: 100 }), 'page-too-deep');
    expectProblem(await editor.api.post('/clinics', { name: 'x'.repeat(1_100_000) }), 'content-too-large');
    const bounded = await startService({ RATE_LIMIT_TENANT_PER_MINUTE: '1' });
    try {
      const { id } = await new Directory(bounded.api).organization();
      const { api } = await makeKey(bounded, id, 'viewer');
      expect([(await api.get('/clinics')).status, (await api.get('/clinics')).status]).toEqual([200, 429]);
    } finally {
      await bounded.stop();
    }
  });
});

describe('API5:2023 Broken Function Level Authorization', () => {
  it('what is for the platform or for writers is refused to everybody else', async () => {
    for (const [method, path, client] of [
      ['GET', '/organizations', admin],
      ['POST', '/organizations', admin],
      ['DELETE', `/organizations/${own.id}`, admin],
      ['GET', '/audit', admin],
      ['POST', '/auth/signing-keys/rotate', admin],
      ['PATCH', `/organizations/${own.id}`, editor],
      ['GET', '/auth/keys', editor],
      ['POST', '/clinics', viewer],
    ] as const) {
      const body = method === 'GET' || method === 'DELETE' ? {} : { body: {} };
      expectProblem(await client.api.request(method, path, body), 'forbidden');
    }
  });

  it('a route is closed unless it says who may call it: only these are open to anybody', () => {
    const open = [...routeAccess(service)].filter(([, access]) => access === 'public').map(([route]) => route);
    expect(open.sort()).toEqual([
      'GET /.well-known/jwks.json',
      'GET /api/v1/health/performance',
      'GET /api/v1/openapi.json',
      'GET /api/v1/problems',
      'GET /api/v1/problems/{name}',
      'GET /livez',
      'GET /readyz',
      'POST /api/v1/auth/token',
    ]);
  });
});

describe('API6:2023 Unrestricted Access to Sensitive Business Flows', () => {
  it('whoever makes keys or archives in bulk is on record', async () => {
    const made = await makeKey(service, own.id, 'viewer', { as: admin.api });
    const { id } = await directory.organization();
    await directory.clinic(id);
    await service.api.delete(`/organizations/${id}`, { cascade: true });
    const entries = async (recordId: string) => (await service.api.page('/audit', { recordId })).body.data;
    expect((await entries(made.id)).map(({ keyId, action }) => [keyId, action])).toEqual([[admin.id, 'create']]);
    expect((await entries(id)).map(({ action }) => action)).toContain('cascade');
  });

  it('archiving with all that depends on it has to be asked for', async () => {
    const { id } = await directory.organization();
    await directory.clinic(id);
    expectProblem(await service.api.delete(`/organizations/${id}`), 'has-dependents');
  });
});

describe('API7:2023 Server Side Request Forgery', () => {
  it('no address that a caller gives is fetched', async () => {
    let visits = 0;
    const trap = createServer((_request, response) => {
      visits += 1;
      response.end('{"keys":[]}');
    });
    await new Promise<void>((listening) => trap.listen(0, '127.0.0.1', listening));
    const url = `http://127.0.0.1:${(trap.address() as AddressInfo).port}/`;
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    try {
      // The headers of a JWS that name where its key is to be found (RFC 7515 4.1).
      const header = { alg: 'EdDSA', typ: 'at+jwt', kid: url, jku: url, x5u: url };
      const token = `${part(header)}.${part({ iss: url, aud: 'enterprise-service', sub: admin.id, exp: 4_102_444_800 })}.AAAA`;
      expectProblem(await clientOf(service, token).get('/clinics'), 'unauthenticated');
      await editor.api.post('/clinics', { name: url, code: 'SSRF', email: `a@${new URL(url).hostname}` });
      await editor.api.get('/clinics', { search: url }, { host: new URL(url).host, 'x-forwarded-host': url });
      expect(visits).toBe(0);
    } finally {
      await new Promise((closed) => trap.close(closed));
    }
  });
});

describe('API8:2023 Security Misconfiguration', () => {
  it('an error shows no stack, no query and no version of anything', async () => {
    for (const answer of [
      await editor.api.post('/clinics', '{"name":'),
      await editor.api.post('/clinics', { name: { $gt: '' }, code: 'X' }),
      await editor.api.get('/clinics', { 'name[$ne]': 'x' }),
      await editor.api.get('/clinics/%00'),
    ]) {
      expect(answer.status).toBe(400);
      expect(JSON.stringify(answer.body)).not.toMatch(/\bat .*:\d+:\d+|node_modules|mongo|nest|fastify/i);
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
      expect([answer.headers.get('server'), answer.headers.get('x-powered-by')]).toEqual([null, null]);
    }
  });
});

describe('API9:2023 Improper Inventory Management', () => {
  it('every route that is served is in the API document, with the credentials that it takes', async () => {
    const { paths } = (await (await fetch(`${service.url}/api/v1/openapi.json`)).json()) as {
      paths: Record<string, Record<string, { security?: unknown[] }>>;
    };
    for (const [route, access] of routeAccess(service)) {
      const [method = '', path = ''] = route.split(' ');
      const operation = paths[path]?.[method.toLowerCase()];
      expect([route, operation === undefined ? 'missing' : 'there']).toEqual([route, 'there']);
      if (access !== 'public') expect([route, operation?.security]).not.toEqual([route, []]);
    }
  });
});

describe('API10:2023 Unsafe Consumption of APIs', () => {
  it('what an external issuer vouches for is checked like any input: it makes no admin of the platform', async () => {
    const issuer = await startExternalIssuer();
    const trusting = await startService({
      AUTH_EXTERNAL_ISSUER: issuer.issuer,
      AUTH_EXTERNAL_JWKS_URL: issuer.jwksUrl,
    });
    try {
      const { id } = await new Directory(trusting.api).organization();
      const as = async (claims: object) => clientOf(trusting, await issuer.sign({ organization_id: id, ...claims }));
      const insider = await as({ role: 'admin', scope: 'organizations:manage', kind: 'platform' });
      expect((await insider.get('/clinics')).status).toBe(200);
      expectProblem(await insider.get('/organizations'), 'forbidden');
      expectProblem(await (await as({ role: ['admin'] })).get('/clinics'), 'unauthenticated');
      expectProblem(await (await as({ role: 'admin', organization_id: null })).get('/clinics'), 'unauthenticated');
    } finally {
      await trusting.stop();
      await issuer.stop();
    }
  });
});
