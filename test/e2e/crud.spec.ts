import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiClient } from '../support/api-client.js';
import { Directory } from '../support/directory.js';
import { makeKey } from '../support/principals.js';
import { startService, type TestService } from '../support/service.js';
import { expectProblem, named } from './problem-shape.js';
import { make, resourceCases, UNKNOWN_ID } from './resource-cases.js';

let service: TestService;
let api: ApiClient;
let directory: Directory;
beforeAll(async () => {
  service = await startService();
  api = service.api;
  directory = new Directory(api);
});
afterAll(() => service.stop());

describe.each(resourceCases)('$name', (resource) => {
  const { path, textField, optional, defaults, immutable } = resource;

  it('a new record is answered with its place, its tag and what the service filled in', async () => {
    const before = Date.now();
    const body = await resource.body(directory);
    const answer = await api.post(path, body);
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({ ...defaults, ...body, version: 1 });
    expect(answer.body['id']).toMatch(/^[0-9a-f]{24}$/);
    expect(answer.headers.get('location')).toBe(`/api/v1${path}/${answer.body['id']}`);
    expect(answer.headers.get('etag')).toBe('"1"');
    const created = Date.parse(String(answer.body['createdAt']));
    expect(answer.body['createdAt']).toBe(answer.body['updatedAt']);
    expect(created).toBeGreaterThanOrEqual(before);
    expect(created).toBeLessThanOrEqual(Date.now());
  });

  it('is read back as it was made, by its id and at its location', async () => {
    const made = await api.post(path, { ...(await resource.body(directory)), ...optional });
    expect(made.body).toMatchObject(optional);
    const read = await api.get(`${path}/${made.body['id']}`);
    expect(read.status).toBe(200);
    expect(read.body).toEqual(made.body);
    expect(read.headers.get('etag')).toBe('"1"');
    const located = await api.get(String(made.headers.get('location')).replace('/api/v1', ''));
    expect(located.body).toEqual(made.body);
  });

  it('shows nothing that the service keeps for itself', async () => {
    const made = await make(resource, api, directory, optional);
    const read = await api.get(`${path}/${made.id}`);
    const patched = await api.patch(`${path}/${made.id}`, {});
    const shown = [made, read.body, patched.body].flatMap((record) => Object.keys(record));
    for (const internal of ['_id', '__v', 'holds', 'searchTerms']) expect(shown).not.toContain(internal);
  });

  it('PUT replaces: what it leaves out is gone, and the version rises by one', async () => {
    const record = await make(resource, api, directory, optional);
    const required = Object.fromEntries(
      Object.keys(await resource.body(directory)).map((field) => [field, record[field]]),
    );
    const answer = await api.put(`${path}/${record.id}`, { ...required, [textField]: 'Renamed' });
    expect(answer.status).toBe(200);
    const { updatedAt, ...rest } = answer.body;
    const expected: Record<string, unknown> = { ...record, ...required, [textField]: 'Renamed', version: 2 };
    for (const field of [...Object.keys(optional), 'updatedAt']) delete expected[field];
    expect(rest).toEqual(expected);
    expect(Date.parse(String(updatedAt))).toBeGreaterThanOrEqual(Date.parse(String(record['updatedAt'])));
    expect(answer.headers.get('etag')).toBe('"2"');
    expect((await api.get(`${path}/${record.id}`)).body).toEqual(answer.body);
  });

  it('a PUT may leave out what never changes', async () => {
    const record = await make(resource, api, directory);
    const body = Object.fromEntries(
      Object.keys(await resource.body(directory))
        .filter((field) => !immutable.includes(field))
        .map((field) => [field, record[field]]),
    );
    const answer = await api.put(`${path}/${record.id}`, body);
    expect(answer.status).toBe(200);
    for (const field of immutable) expect(answer.body[field]).toBe(record[field]);
  });

  it('each write raises the version by one and keeps when it was made', async () => {
    const record = await make(resource, api, directory);
    for (const version of [2, 3, 4]) {
      const answer = await api.patch(`${path}/${record.id}`, { [textField]: `Renamed ${version}` });
      expect(answer.body).toMatchObject({ version, createdAt: record['createdAt'] });
    }
  });

  it.each(['GET', 'PUT', 'PATCH', 'DELETE'])('%s of an id that nobody has is a 404', async (method) => {
    const body = method === 'PUT' ? { body: await resource.body(directory) } : method === 'PATCH' ? { body: {} } : {};
    const answer = await api.request(method, `${path}/${UNKNOWN_ID}`, body);
    expectProblem(answer, 'not-found');
    expect(answer.body['instance']).toBe(`/api/v1${path}/${UNKNOWN_ID}`);
  });

  it('a body without its required fields is refused, each of them named', async () => {
    const answer = await api.post(path, {});
    expectProblem(answer, 'validation-failed');
    // Whether the organization may be left out depends on who asks: see below.
    const required = Object.keys(await resource.body(directory)).filter((field) => field !== 'organizationId');
    expect(named(answer).toSorted()).toEqual(required.map((field) => `/${field}`).toSorted());
  });

  it.each(['id', 'version', 'createdAt', 'archivedAt', 'searchTerms', 'holds', 'nickname'])(
    'a body cannot set %s',
    async (field) => {
      const answer = await api.post(path, { ...(await resource.body(directory)), [field]: 1 });
      expectProblem(answer, 'validation-failed');
      expect(answer.body['errors']).toEqual([{ pointer: `/${field}`, message: 'is not known' }]);
    },
  );
});

describe.each(['clinics', 'providers'])('the organization of new %s', (name) => {
  const { path, body } = resourceCases.find((resource) => resource.name === name) ?? {
    path: '',
    body: async () => ({}),
  };

  it('must be named by the platform, which has none of its own', async () => {
    const { organizationId: _, ...others }: Record<string, unknown> = await body(directory);
    const answer = await api.post(path, others);
    expectProblem(answer, 'validation-failed');
    expect(answer.body['errors']).toEqual([{ pointer: '/organizationId', message: 'is required' }]);
  });

  it("is an organization's own unless it says so itself", async () => {
    const { organizationId, ...others }: Record<string, unknown> = await body(directory);
    const editor = (await makeKey(service, String(organizationId), 'editor')).api;
    expect((await editor.post(path, others)).body).toMatchObject({ ...others, organizationId });
    expect((await editor.post(path, { ...(await body(directory)), organizationId })).body).toMatchObject({
      organizationId,
    });
  });
});

describe('unique values', () => {
  it.each([
    ['organizations', 'slug', () => ({ name: 'A', slug: 'taken' })],
    ['clinics', 'code', (organizationId: string) => ({ organizationId, name: 'A', code: 'taken' })],
    [
      'providers',
      'licenseNumber',
      (organizationId: string) => ({ organizationId, firstName: 'A', lastName: 'B', licenseNumber: 'taken' }),
    ],
  ])('a second record among the %s cannot have the same %s', async (name, field, bodyIn) => {
    const body = bodyIn((await directory.organization()).id);
    expect((await api.post(`/${name}`, body)).status).toBe(201);
    const second = await api.post(`/${name}`, body);
    expectProblem(second, 'conflict');
    expect(second.body['errors']).toEqual([{ pointer: `/${field}`, message: 'is already taken' }]);
    const other = await api.post(`/${name}`, { ...body, [field]: 'free' });
    expectProblem(await api.patch(`/${name}/${other.body['id']}`, { [field]: 'taken' }), 'conflict');
    expect((await api.get(`/${name}/${other.body['id']}`)).body).toEqual(other.body);
  });

  it('another organization may use the same clinic code', async () => {
    const [one, two] = await Promise.all([directory.organization(), directory.organization()]);
    await directory.clinic(one.id, { code: 'SHARED' });
    await expect(directory.clinic(two.id, { code: 'SHARED' })).resolves.toMatchObject({ code: 'SHARED' });
  });

  it('providers without a license are many', async () => {
    const { id } = await directory.organization();
    const body = { organizationId: id, firstName: 'Ana', lastName: 'Ruiz' };
    const answers = await Promise.all([api.post('/providers', body), api.post('/providers', body)]);
    expect(answers.map(({ status }) => status)).toEqual([201, 201]);
  });
});
