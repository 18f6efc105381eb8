import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiClient } from '../support/api-client.js';
import { PLATFORM_KEY, startService, type TestService } from '../support/service.js';
import { expectProblem } from './problem-shape.js';
import { resourceCases, UNKNOWN_ID } from './resource-cases.js';

let service: TestService;
let anybody: ApiClient;
beforeAll(async () => {
  service = await startService();
  anybody = new ApiClient(`${service.url}/api/v1`, undefined);
});
afterAll(() => service.stop());

const guarded: readonly (readonly [string, string])[] = [
  ...resourceCases.flatMap(({ path }) => [
    ['GET', path] as const,
    ['HEAD', path] as const,
    ['POST', path] as const,
    ...['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE'].map((method) => [method, `${path}/${UNKNOWN_ID}`] as const),
  ]),
  ['GET', `/organizations/${UNKNOWN_ID}/summary`],
  ['GET', `/assignments/provider/${UNKNOWN_ID}/clinics`],
  ['GET', `/assignments/clinic/${UNKNOWN_ID}/staff`],
];

const strangers: readonly (readonly [string, Record<string, string>])[] = [
  ['no key', {}],
  ['a wrong key', { authorization: 'Bearer wrong' }],
  ['the key in part', { authorization: `Bearer ${PLATFORM_KEY.slice(0, -1)}` }],
  ['the key and more', { authorization: `Bearer ${PLATFORM_KEY}x` }],
  ['no key after Bearer', { authorization: 'Bearer ' }],
  ['another scheme', { authorization: `Basic ${Buffer.from(`admin:${PLATFORM_KEY}`).toString('base64')}` }],
  ['the bare key', { authorization: PLATFORM_KEY }],
  ['a wrong X-API-Key', { 'x-api-key': 'wrong' }],
  ['an empty X-API-Key', { 'x-api-key': '' }],
  ['a good X-API-Key beside a wrong bearer', { authorization: 'Bearer wrong', 'x-api-key': PLATFORM_KEY }],
];

describe.each(guarded)('%s %s', (method, path) => {
  it.each(strangers)('turns away %s and says how to sign in', async (_, headers) => {
    const answer = await anybody.request(method, path, { headers });
    if (method === 'HEAD') expect(answer.status).toBe(401);
    else expectProblem(answer, 'unauthenticated');
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer /);
  });
});

it('strangers learn nothing of bodies, ids and queries: the key is looked at first', async () => {
  for (const path of ['/clinics/not-an-id', '/clinics?nonsense=1']) {
    expectProblem(await anybody.get(path), 'unauthenticated');
  }
  expectProblem(await anybody.post('/clinics', { nonsense: true }), 'unauthenticated');
});

it.each([
  ['Authorization: Bearer', { authorization: `Bearer ${PLATFORM_KEY}` }],
  ['a scheme in other letters', { authorization: `bearer ${PLATFORM_KEY}` }],
  ['X-API-Key', { 'x-api-key': PLATFORM_KEY }],
])('the key is taken by %s', async (_, headers) => {
  expect((await anybody.get('/organizations', {}, headers)).status).toBe(200);
});

it('the key is no query parameter', async () => {
  expectProblem(await anybody.get('/organizations', { api_key: PLATFORM_KEY }), 'unauthenticated');
});

it.each(['/livez', '/readyz'])('%s is open to anybody', async (path) => {
  const answer = await fetch(`${service.url}${path}`);
  expect(answer.status).toBe(200);
});

it('a service without a key lets nobody in', async () => {
  const locked = await startService({ PLATFORM_ADMIN_KEY: '' });
  try {
    const key = new ApiClient(`${locked.url}/api/v1`, PLATFORM_KEY);
    expectProblem(await key.get('/organizations'), 'unauthenticated');
    const empty = await anybody.get('/organizations', {}, { authorization: 'Bearer undefined' });
    expectProblem(empty, 'unauthenticated');
  } finally {
    await locked.stop();
  }
});
