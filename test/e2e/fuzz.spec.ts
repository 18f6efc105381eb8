import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Answer } from '../support/api-client.js';
import { startService, type TestService } from '../support/service.js';
import { expectProblemShape } from './problem-shape.js';
import { rawRequest } from './raw-request.js';
import { resourceCases } from './resource-cases.js';
import { bodyRoutes, type TwoTenants, twoTenants } from './two-tenants.js';

const RUNS = 150;
let service: TestService;
let tenants: TwoTenants;
beforeAll(async () => {
  service = await startService();
  tenants = await twoTenants(service);
});
afterAll(() => service.stop());

/** Whatever was asked, the answer is one that the contract knows. */
function expectContract(answer: Answer, ...request: unknown[]): void {
  expect([...request, answer.status < 500]).toEqual([...request, true]);
  if (answer.status >= 400) expectProblemShape(answer);
}

const names = fc.constantFrom(
  ...['name', 'slug', 'code', 'status', 'organizationId', 'providerId', 'clinicId', 'role', 'isActive', 'address'],
  ...['openingHours', 'contact', 'settings', 'schedule', 'firstName', 'lastName', 'email', 'timezone', 'assignedAt'],
  ...['$set', '__proto__', 'constructor', 'id', '_id', 'a.b', ''],
);
const text = fc.string({ unit: 'binary', maxLength: 60 });
const { tree: hostile } = fc.letrec<{ tree: unknown; leaf: unknown }>((tie) => ({
  leaf: fc.oneof(
    text,
    fc.double(),
    fc.boolean(),
    fc.constantFrom(null, 'active', 'archived', 'UTC', '2026-01-01T00:00:00Z', '24:00', -0, 1e308),
  ),
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('leaf'),
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(names, text), tie('tree'), { maxKeys: 6 }),
  ),
}));
const body = fc.dictionary(names, hostile, { maxKeys: 8 });

describe('whatever a client sends, it gets an answer that it can read', () => {
  it('as a body', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.oneof(body, hostile), async (turn, sent) => {
        const routes = bodyRoutes(tenants.own);
        const [method, path] = routes[turn % routes.length] ?? ['POST', '/clinics'];
        const json = JSON.stringify(sent);
        const answer = await service.api.request(method, path, { body: json });
        expectContract(answer, method, path, json);
      }),
      { numRuns: RUNS * 2 },
    );
  });

  it('as text that is hardly JSON', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json(), fc.nat(), text, async (json, at, inserted) => {
        const place = at % (json.length + 1);
        const sent = `${json.slice(0, place)}${inserted}${json.slice(place)}`;
        const answer = await service.api.request('POST', '/clinics', { body: sent });
        expectContract(answer, sent);
      }),
      { numRuns: RUNS },
    );
  });

  it('as a query', async () => {
    const parameter = fc.constantFrom(
      ...['limit', 'cursor', 'page', 'fields', 'sort', 'count', 'search', 'status', 'organizationId', 'isActive', 'x'],
    );
    const value = fc.oneof(
      text,
      fc.integer().map(String),
      fc.constantFrom('name', '-name', 'createdAt', 'exact', 'estimate', 'active', 'true', 'name,code', '{"$ne":1}'),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...resourceCases.map(({ path }) => path)),
        fc.array(fc.tuple(fc.oneof(parameter, text), value), { maxLength: 4 }),
        async (path, pairs) => {
          const query = new URLSearchParams(
            pairs.map(([name, given]): [string, string] => [name, given.toWellFormed()]),
          ).toString();
          const answer = await service.api.get(`${path}?${query}`);
          expectContract(answer, path, query);
          if (answer.status === 200) expect(answer.body).toMatchObject({ data: expect.any(Array), page: {} });
        },
      ),
      { numRuns: RUNS * 2 },
    );
  });

  it('as a path, byte by byte', async () => {
    const piece = fc.oneof(
      fc.constantFrom('/', '%', '..', '%2f', '%00', '%zz', '?', '#', ';', 'clinics', 'staff', 'provider', '__proto__'),
      fc.string({ unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)), maxLength: 12 }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('GET', 'HEAD', 'DELETE', 'OPTIONS'),
        fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join('')),
        async (method, path) => {
          const answer = await rawRequest(service.url, `${method} /api/v1/${path}`);
          expect([method, path, answer.status < 500]).toEqual([method, path, true]);
          if (answer.status >= 400 && method !== 'HEAD') expectProblemShape(answer);
        },
      ),
      { numRuns: RUNS },
    );
  });

  it('as a precondition', async () => {
    const url = `/api/v1/organizations/${tenants.own['organizations']?.id}`;
    const header = fc.string({
      unit: fc.constantFrom('"', 'W', '/', '*', ',', ' ', '1', '-', 'gzip', 'é'),
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(header, async (tag) => {
        const key = 'Authorization: Bearer platform-key-of-the-tests';
        const answer = await rawRequest(service.url, `GET ${url}`, [key, `If-None-Match: ${tag}`, `If-Match: ${tag}`]);
        expect([tag, [200, 304].includes(answer.status)]).toEqual([tag, true]);
      }),
      { numRuns: RUNS },
    );
  });
});
