import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startService, type TestService } from '../support/service.js';
import { expectProblemShape } from './problem-shape.js';
import { resourceCases } from './resource-cases.js';
import { bodyRoutes, type TwoTenants, twoTenants } from './two-tenants.js';

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
/** Whatever was sent, nothing has changed. */
afterEach(async () => {
  expect(await tenants.stored()).toBe(before);
  expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
});

/** Sends the body to every route that takes one; all must refuse it, with one of these statuses. */
async function refusedEverywhere(body: unknown, allowed: readonly number[] = [400]): Promise<void> {
  for (const [method, path] of bodyRoutes(tenants.own)) {
    const answer = await service.api.request(method, path, { body, headers: { 'content-type': 'application/json' } });
    expectProblemShape(answer);
    expect([method, path, allowed.includes(answer.status) ? 'refused' : answer.status]).toEqual([
      method,
      path,
      'refused',
    ]);
    expect(tenants.leaks(answer)).toBe(false);
  }
}

/** A body that is good but for one field, for each resource. */
async function refusedIn(field: string, value: unknown, name: string): Promise<void> {
  const resource = resourceCases.find((candidate) => candidate.name === name);
  if (resource === undefined) throw new Error(name);
  const record = tenants.own[name];
  const good = Object.fromEntries(
    Object.entries(record ?? {}).filter(
      ([key]) => !['id', 'version', 'createdAt', 'updatedAt', 'assignedAt'].includes(key),
    ),
  );
  for (const [method, path, body] of [
    ['POST', resource.path, { ...good, [field]: value }],
    ['PUT', `${resource.path}/${record?.id}`, { ...good, [field]: value }],
    ['PATCH', `${resource.path}/${record?.id}`, { [field]: value }],
  ] as const) {
    const answer = await service.api.request(method, path, { body });
    expectProblemShape(answer);
    expect([method, field, value, answer.status]).toEqual([method, field, value, 400]);
  }
}

describe('operators and paths of the database are no fields', () => {
  it.each([
    { $set: { name: 'x' } },
    { $where: 'sleep(1000)' },
    { 'address.city': 'x' },
    { $or: [{}] },
    { _id: 'x' },
    { name: { $gt: '' } },
    { slug: { $ne: null } },
    { role: { $regex: '.*' } },
    { organizationId: { $ne: null } },
    { address: { $rename: { city: 'x' } } },
    { 'name\u0000': 'x' },
    { '': 'x' },
    { $$ROOT: 1 },
  ])('%j', (body) => refusedEverywhere(body));
});

describe('prototypes are out of reach', () => {
  it.each([
    '{"__proto__":{"polluted":true}}',
    '{"constructor":{"prototype":{"polluted":true}}}',
    '{"prototype":{"polluted":true}}',
    '{"address":{"__proto__":{"polluted":true}}}',
    '{"address":{"constructor":{"prototype":{"polluted":true}}}}',
    '{"openingHours":{"monday":[{"__proto__":{"polluted":true}}]}}',
    '{"\\u005f_proto__":{"polluted":true}}',
    '{"toString":"x"}',
    '{"hasOwnProperty":null}',
    '{"__proto__":null}',
  ])('%s', (body) => refusedEverywhere(body));
});

describe('text that cannot be stored and shown faithfully', () => {
  const fields = [
    ['organizations', 'name'],
    ['organizations', 'slug'],
    ['clinics', 'name'],
    ['clinics', 'code'],
    ['clinics', 'phone'],
    ['clinics', 'email'],
    ['clinics', 'timezone'],
    ['clinics', 'npi'],
    ['providers', 'firstName'],
    ['providers', 'lastName'],
    ['providers', 'specialty'],
    ['providers', 'licenseNumber'],
    ['assignments', 'role'],
    ['assignments', 'assignedAt'],
  ] as const;
  it.each(fields)('%s: %s', async (name, field) => {
    for (const value of ['a\u0000b', 'a\u0007b', 'a\nb', 'a\u007fb', 'a\ud800', '\udc00b', '', '   ', '\u0000']) {
      await refusedIn(field, value, name);
    }
  });

  it('within nested objects as well', async () => {
    for (const value of ['a\u0000b', 'a\ud800', '']) {
      await refusedIn('address', { city: value }, 'clinics');
      await refusedIn('contact', { name: value }, 'organizations');
    }
  });
});

describe('values of another kind', () => {
  const wrong = [null, 1, -0.5, 1e308, true, [], ['Name'], {}, { name: 'x' }, 'x'.repeat(300)];
  it.each([
    ['organizations', 'name'],
    ['clinics', 'code'],
    ['providers', 'lastName'],
    ['assignments', 'role'],
  ])('%s: %s is text', async (name, field) => {
    for (const value of wrong) await refusedIn(field, value, name);
  });

  it('numbers are no text, and text is no number', async () => {
    for (const latitude of ['57.86', 91, -91, 1e308, [57], {}, true]) {
      await refusedIn('address', { latitude }, 'clinics');
    }
    for (const value of ['true', 1, 0, 'yes', []]) await refusedIn('isActive', value, 'assignments');
    for (const value of ['x', 1, true, [], [1]]) await refusedIn('address', value, 'clinics');
    for (const value of [{ monday: {} }, { monday: [1] }, { monday: [{ from: '17:00', to: '08:00' }] }, [], 'always']) {
      await refusedIn('openingHours', value, 'clinics');
    }
  });

  it.each(['1e999', '-1e999', '9'.repeat(400), '1e-400'])('huge numbers: %s', (number) =>
    refusedEverywhere(`{"name":${number},"address":{"latitude":${number}}}`),
  );

  it.each(['[]', '[{}]', '"text"', '1', 'true', 'null', '[[[[]]]]'])('a body like %s is no object', (body) =>
    refusedEverywhere(body),
  );
});

describe('large and deep bodies', () => {
  const limit = 1_048_576;
  const filler = (body: (size: number) => string, size: number) => body(size - body(0).length);
  it.each<[string, (size: number) => string]>([
    ['one string', (size) => `{"name":"${'x'.repeat(size)}"}`],
    ['one key', (size) => `{"${'k'.repeat(size)}":1}`],
    ['nested arrays', (size) => `{"name":${'['.repeat(size / 2)}${']'.repeat(size / 2)}}`],
    ['an array of objects', (size) => `{"name":[${'{},'.repeat(size / 3)}{}]}`],
    ['many keys', (size) => `{${Array.from({ length: size / 12 }, (_, at) => `"k${at}":1`).join(',')}}`],
    ['spaces', (size) => `{"nickname":1${' '.repeat(size)}}`],
  ])('nearly a megabyte of %s is refused for what it is', async (_, body) => {
    await refusedEverywhere(filler(body, limit - 100));
  });

  it.each([
    ['arrays', '[', ']'],
    ['objects', '{"a":', '1}'],
    ['known objects', '{"address":', '1}'],
  ])('10,000 %s within each other', async (_, open, close) => {
    const deep = `${open.repeat(10_000)}${close.startsWith('1') ? '1' : ''}${close.replace('1', '').repeat(10_000)}`;
    await refusedEverywhere(deep);
    await refusedEverywhere(`{"address":${deep}}`);
    await refusedEverywhere(`{"openingHours":{"monday":${deep}}}`);
  });

  it('over the limit is too large, whether announced or not', async () => {
    await refusedEverywhere(`{"name":"${'x'.repeat(limit)}"}`, [413]);
    const chunks = new ReadableStream({
      start: (controller) => {
        for (let sent = 0; sent <= limit; sent += 65_536) controller.enqueue(new Uint8Array(65_536).fill(32));
        controller.close();
      },
    });
    const answer = await fetch(`${service.url}/api/v1/clinics`, {
      method: 'POST',
      body: chunks,
      headers: { authorization: 'Bearer platform-key-of-the-tests', 'content-type': 'application/json' },
      ...{ duplex: 'half' },
    });
    expect(answer.status).toBe(413);
  });
});
