import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Answer } from '../support/api-client.js';
import { startService, type TestService } from '../support/service.js';
import { expectProblemShape } from './problem-shape.js';
import { rawRequest } from './raw-request.js';
import { resourceCases } from './resource-cases.js';
import { type TwoTenants, twoTenants } from './two-tenants.js';

let service: TestService;
let tenants: TwoTenants;
let before: string;
beforeAll(async () => {
  service = await startService();
  tenants = await twoTenants(service);
});
afterAll(() => service.stop());
beforeEach(async () => {
  before = await tenants.stored();
});
afterEach(async () => {
  expect(await tenants.stored()).toBe(before);
});

function expectRefused(answer: Answer, statuses: readonly number[] = [400]): void {
  expectProblemShape(answer);
  expect(statuses).toContain(answer.status);
  expect(tenants.leaks(answer)).toBe(false);
}

describe.each(resourceCases)('ids of $name', ({ name, path }) => {
  it.each([
    '0123456789abcdef0123456',
    '0123456789abcdef012345678',
    'twelve-bytes',
    '0123456789abcdef0123456g',
    '[object Object]',
    'null',
    'undefined',
    'NaN',
    '1',
    '{"$ne":null}',
    '$ne',
    'id[$ne]=x',
    '__proto__',
    'constructor',
    'toString',
    '\u0000',
    '0123456789abcdef01234567\u0000',
    '\u00000123456789abcdef0123456',
    ' 0123456789abcdef01234567',
    '0123456789abcdef01234567\n',
    '../organizations',
    '..%2forganizations',
    '٠١٢٣٤٥٦٧٨٩٠١٢٣٤٥٦٧٨٩٠١٢٣',
    '０123456789abcdef01234567',
    "' OR 1=1 --",
    '<script>alert(1)</script>',
    '🦷',
  ])('%j', async (id) => {
    const url = `${path}/${encodeURIComponent(id)}`;
    for (const method of ['GET', 'PUT', 'PATCH', 'DELETE']) {
      const body = method === 'PATCH' ? { body: {} } : method === 'PUT' ? { body: tenants.own[name] } : {};
      expectRefused(await service.api.request(method, url, body));
    }
  });

  it('in upper case find the same record', async () => {
    const record = tenants.own[name];
    const answer = await service.api.get(`${path}/${record?.id.toUpperCase()}`);
    expect([answer.status, answer.body]).toEqual([200, record]);
  });

  it('of another length than any id are not routed or refused', async () => {
    for (const length of [201, 5000])
      expectRefused(await service.api.get(`${path}/${'a'.repeat(length)}`), [400, 404, 414]);
  });
});

describe.each(resourceCases)('queries of $name', ({ path }) => {
  it.each([
    'status[$ne]=x',
    'status=%7B%22%24ne%22%3A1%7D',
    'status[]=active',
    'status[0]=active',
    'status.$ne=x',
    'organizationId[$gt]=',
    'organizationId=%7B%22%24gt%22%3A%22%22%7D',
    '$where=1',
    '$or=[]',
    '__proto__=x',
    '__proto__[polluted]=1',
    'constructor=x',
    'prototype=x',
    'constructor[prototype][polluted]=1',
    'toString=x',
    'hasOwnProperty=x',
    '%00=1',
    'limit%00=1',
    'limit=1%00',
    'sort=name%00',
    'sort=-$natural',
    'sort[name]=1',
    'sort=__proto__',
    'fields=__proto__',
    'fields=constructor',
    'fields=prototype',
    'fields=__proto__.polluted',
    'fields=constructor.prototype',
    'fields=id.__proto__',
    'fields=$where',
    'fields=name%00',
    'cursor=%00',
    'cursor=__proto__',
    'cursor=%7B%22%24gt%22%3A%22%22%7D',
    'page=1e1',
    'page=%00',
    'page=Infinity',
    'count=exact%00',
    '=',
    '=1',
    'a',
  ])('?%s', async (query) => {
    const answer = await rawRequest(service.url, `GET /api/v1${path}?${query}`);
    expectRefused(answer);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });
});

describe('searches', () => {
  const search = (text: string, organizationId: string | undefined) =>
    service.api.page('/clinics', { search: text, organizationId });

  it.each(['.*', '^', '$', '()', '[', '\\', '*', '+', '?', '\u0000', '\u0007', '\u202e', '{}'])(
    '%j finds nothing and is refused',
    async (text) => {
      const answer = await search(text, tenants.own['organizations']?.id);
      expectRefused(answer as unknown as Answer);
    },
  );

  it.each([
    'secret',
    'Secret Practice',
    '.*secret',
    'own|secret',
    '{"$regex":"."}',
    'practice\u0000',
    '(?i)SECRET',
    'a\ud800b',
  ])('%j never finds what another organization has', async (text) => {
    const answer = await search(text, tenants.own['organizations']?.id);
    expect([200, 400]).toContain(answer.status);
    expect(tenants.leaks(answer as unknown as Answer)).toBe(false);
  });
});
