import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiClient } from '../support/api-client.js';
import { Directory } from '../support/directory.js';
import { startService, type TestService } from '../support/service.js';
import { expectProblem, expectProblemShape, named } from './problem-shape.js';
import { rawRequest } from './raw-request.js';
import { resourceCases, UNKNOWN_ID } from './resource-cases.js';

let service: TestService;
let api: ApiClient;
beforeAll(async () => {
  service = await startService();
  api = service.api;
});
afterAll(() => service.stop());

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const withId = (id: string) => api.get(`/clinics/${UNKNOWN_ID}`, {}, { 'x-correlation-id': id });

describe('the correlation id', () => {
  it.each(['abc', 'a.b:c_d-9', 'x'.repeat(128), '6f9619ff-8b86-4d01-b42d-00cf4fc964ff'])('%s is echoed', async (id) => {
    const answer = await withId(id);
    expect([answer.headers.get('x-correlation-id'), answer.body['correlationId']]).toEqual([id, id]);
  });

  it.each(['', 'x'.repeat(129), 'a b', '<script>', 'a;b', '{"$gt":""}', 'a,b', 'é'])(
    '%j is replaced by one of ours',
    async (id) => {
      const answer = await withId(id);
      expect(answer.headers.get('x-correlation-id')).toMatch(UUID);
      expectProblemShape(answer);
    },
  );

  it('two of them are none', async () => {
    const twice = ['X-Correlation-Id: one', 'X-Correlation-Id: two'];
    const answer = await rawRequest(service.url, 'GET /api/v1/clinics', twice);
    expect(answer.headers.get('x-correlation-id')).toMatch(UUID);
  });

  it('is another one for each request, on good answers too', async () => {
    const answers = await Promise.all([api.get('/clinics'), api.get('/clinics')]);
    const ids = answers.map(({ headers }) => headers.get('x-correlation-id'));
    expect(ids).toEqual([expect.stringMatching(UUID), expect.stringMatching(UUID)]);
    expect(new Set(ids).size).toBe(2);
  });
});

describe('what cannot be routed', () => {
  it.each([
    '/nothing',
    '/api/v1',
    '/api/v1/',
    '/api/v2/clinics',
    '/api/v1/Clinics',
    '/api/v1/clinics/',
    '//api/v1/clinics',
  ])('%s is not found', async (path) => {
    const answer = await rawRequest(service.url, `GET ${path}`);
    expectProblem(answer, 'not-found');
    expect(answer.body['instance']).toBe(path);
  });

  it.each([
    ['PUT', '/clinics', 'GET, HEAD, POST'],
    ['DELETE', '/clinics', 'GET, HEAD, POST'],
    ['PATCH', '/organizations', 'GET, HEAD, POST'],
    ['POST', `/clinics/${UNKNOWN_ID}`, 'GET, HEAD, PUT, PATCH, DELETE'],
    ['POST', `/assignments/clinic/${UNKNOWN_ID}/staff`, 'GET, HEAD'],
  ])('%s %s is answered with the methods that are allowed', async (method, path, allow) => {
    const answer = await api.request(method, path, { body: '{"not": json' });
    expectProblem(answer, 'method-not-allowed');
    expect(answer.headers.get('allow')).toBe(allow);
  });

  it.each(['%', '%zz', '%c3%28', '%e0%a4%a', 'a%2', '%ff'])('/clinics/%s cannot be decoded', async (id) => {
    const answer = await rawRequest(service.url, `GET /api/v1/clinics/${id}`);
    expectProblem(answer, 'malformed-request');
    expect(answer.body['instance']).toBe(`/api/v1/clinics/${id}`);
  });
});

describe('bodies that cannot be read', () => {
  it.each(['{', '{"a":}', 'nonsense', "{'a':1}", '{"a":1,}', '\u0000', 'NaN', '{"a":1}{"b":2}', '[', '"', ''])(
    'JSON like %j is malformed',
    async (body) => {
      for (const [method, path] of [
        ['POST', '/clinics'],
        ['PUT', `/clinics/${UNKNOWN_ID}`],
        ['PATCH', `/clinics/${UNKNOWN_ID}`],
      ] as const) {
        const answer = await api.request(method, path, { body, headers: { 'content-type': 'application/json' } });
        expect([400, body === '' ? 404 : 400]).toContain(answer.status);
        expectProblemShape(answer);
      }
    },
  );

  it.each([
    'text/plain',
    'text/html',
    'application/xml',
    'multipart/form-data; boundary=x',
    'application/bson',
    'json',
  ])('a %s body is not taken', async (type) => {
    const answer = await api.post('/clinics', '{}', { 'content-type': type });
    expectProblem(answer, 'unsupported-media-type');
    expect(answer.headers.get('accept')).toBe('application/json');
  });

  it('a body without a type is not guessed at', async () => {
    const answer = await rawRequest(service.url, 'POST /api/v1/clinics', [`Authorization: Bearer x`], '{}');
    expectProblemShape(answer);
    expect([401, 415]).toContain(answer.status);
  });
});

describe('duplicate query parameters', () => {
  it.each([
    'limit=1&limit=2',
    'status=active&status=inactive',
    'sort=name&sort=name',
    'cursor=a&cursor=b',
    'search=a&search=b',
    'fields=name&fields=code',
    'organizationId=0123456789abcdef01234567&organizationId=0123456789abcdef01234568',
  ])('?%s is refused', async (query) => {
    const answer = await api.get(`/clinics?${query}`);
    expectProblem(answer, 'validation-failed');
    expect(named(answer)).toEqual([query.split('=')[0]]);
  });

  it.each(resourceCases)('$name: routes that read no query refuse any', async ({ path, name }) => {
    expectProblem(await api.request('POST', `${path}?dryRun=true`, { body: {} }), 'validation-failed');
    expectProblem(await api.request('PATCH', `${path}/${UNKNOWN_ID}?force=1`, { body: {} }), 'validation-failed');
    if (name === 'organizations')
      expectProblem(await api.get(`${path}/${UNKNOWN_ID}/summary?x=1`), 'validation-failed');
  });
});

describe('an error of ours', () => {
  it('says nothing of what happened inside', async () => {
    const broken = await startService({ LOG_LEVEL: 'error' });
    try {
      const { id } = await new Directory(broken.api).organization();
      // A record that no service has written: its version is no number that could be raised.
      await broken.db.collection('organizations').updateOne({ slug: /./ }, { $set: { version: 'one' } });
      const answer = await broken.api.patch(`/organizations/${id}`, { name: 'Renamed' });
      expectProblem(answer, 'internal-error');
      expect(Object.keys(answer.body).toSorted()).toEqual(['correlationId', 'instance', 'status', 'title', 'type']);
      expect(JSON.stringify([answer.body, ...answer.headers])).not.toMatch(/mongo|cast|stack|node_modules|\.[jt]s\b/i);
    } finally {
      await broken.stop();
    }
  });
});
