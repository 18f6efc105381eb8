import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { expectProblem } from '../e2e/problem-shape.js';
import type { ApiClient } from '../support/api-client.js';
import { type ApiRecord, Directory } from '../support/directory.js';
import { type MadeKey, makeKey } from '../support/principals.js';
import { startService, type TestService } from '../support/service.js';

let service: TestService;
let api: ApiClient;
let directory: Directory;
let organization: ApiRecord;
let editor: MadeKey;
beforeAll(async () => {
  service = await startService();
  api = service.api;
  directory = new Directory(api);
  organization = await directory.organization();
  editor = await makeKey(service, organization.id, 'editor');
});
afterAll(() => service.stop());

/** The entries about a record, the oldest first. */
async function entries(recordId: string): Promise<Record<string, unknown>[]> {
  const { body } = await api.page('/audit', { recordId, sort: 'createdAt', limit: 100 });
  return body.data;
}

const actions = async (recordId: string) =>
  (await entries(recordId)).map(({ resource, action, versionBefore, versionAfter }) => [
    resource,
    action,
    versionBefore,
    versionAfter,
  ]);

describe('each write has one entry:', () => {
  it('who, what, which version became which, in which request', async () => {
    const made = await editor.api.post('/clinics', { name: 'North', code: 'N' }, { 'x-correlation-id': 'the-making' });
    const id = String(made.body['id']);
    await editor.api.patch(`/clinics/${id}`, { name: 'South' }, { 'x-correlation-id': 'the-renaming' });
    const common = {
      id: expect.stringMatching(/^[0-9a-f]{24}$/),
      organizationId: organization.id,
      resource: 'clinics',
      recordId: id,
      keyId: editor.id,
      principal: 'organization',
      role: 'editor',
      createdAt: expect.any(String),
    };
    expect(await entries(id)).toEqual([
      expect.objectContaining({ ...common, action: 'create', versionAfter: 1, correlationId: 'the-making' }),
      expect.objectContaining({
        ...common,
        action: 'change',
        versionBefore: 1,
        versionAfter: 2,
        correlationId: 'the-renaming',
      }),
    ]);
  });

  it('of a token, by the key that it was issued for', async () => {
    const credentials = { grant_type: 'client_credentials', client_id: editor.id, client_secret: editor.key };
    const { body } = await api.post('/auth/token', credentials);
    const headers = { authorization: `Bearer ${body['access_token']}` };
    const made = await api.post('/clinics', { name: 'By token', code: 'T' }, headers);
    expect((await entries(String(made.body['id']))).map(({ keyId }) => keyId)).toEqual([editor.id]);
  });

  it('of the platform, with the organization that it was about', async () => {
    const clinic = await directory.clinic(organization.id);
    expect(await entries(clinic.id)).toEqual([
      expect.objectContaining({ principal: 'platform', role: 'admin', organizationId: organization.id }),
    ]);
  });

  it('by PUT, PATCH and DELETE', async () => {
    const { id } = await directory.provider(organization.id);
    await api.put(`/providers/${id}`, { firstName: 'Bo', lastName: 'Put' });
    await api.patch(`/providers/${id}`, { lastName: 'Patch' });
    await api.delete(`/providers/${id}`);
    expect(await actions(id)).toEqual([
      ['providers', 'create', undefined, 1],
      ['providers', 'change', 1, 2],
      ['providers', 'change', 2, 3],
      ['providers', 'change', 3, 4],
    ]);
  });

  it('of a signing key that was asked for', async () => {
    await api.request('POST', '/auth/signing-keys/rotate', { headers: { 'x-correlation-id': 'the-new-signature' } });
    const { body } = await api.page('/audit', { sort: '-createdAt', limit: 1 });
    expect(body.data).toEqual([
      expect.objectContaining({ resource: 'signing-keys', action: 'create', correlationId: 'the-new-signature' }),
    ]);
  });

  it('of keys: made, rotated, revoked', async () => {
    const { id } = await makeKey(service, organization.id, 'viewer');
    const rotated = await api.post(`/auth/keys/${id}/rotate`, {});
    await api.delete(`/auth/keys/${id}`);
    expect(await actions(id)).toEqual([
      ['keys', 'create', undefined, 1],
      ['keys', 'change', 1, 2],
      ['keys', 'change', 2, 3],
    ]);
    expect(await actions(String(rotated.body['id']))).toEqual([['keys', 'create', undefined, 1]]);
  });

  it('of what is archived with its parent, counted under the parent', async () => {
    const { id } = await directory.organization();
    const [clinic, provider] = [await directory.clinic(id), await directory.provider(id)];
    await directory.clinic(id);
    const { id: assignment } = await directory.assignment(provider.id, clinic.id);
    const deleted = await api.delete(`/organizations/${id}`, { cascade: true }, { 'x-correlation-id': 'the-end' });
    expect(deleted.status).toBe(204);
    const [created, changed, ...cascades] = await entries(id);
    expect([created?.['action'], changed?.['action'], changed?.['resource']]).toEqual([
      'create',
      'change',
      'organizations',
    ]);
    expect(cascades.map(({ resource, action, count }) => [resource, action, count]).sort()).toEqual([
      ['assignments', 'cascade', 1],
      ['clinics', 'cascade', 2],
      ['providers', 'cascade', 1],
    ]);
    for (const entry of [changed, ...cascades]) {
      expect(entry).toMatchObject({ organizationId: id, correlationId: 'the-end' });
    }
    expect(await actions(assignment)).toHaveLength(1);
  });
});

describe('there is none of', () => {
  const count = () => service.db.collection('audit_entries').countDocuments();

  it.each<readonly [string, number, (clinic: ApiRecord) => Promise<{ readonly status: number }>]>([
    ['a body that is not valid', 400, ({ id }) => api.patch(`/clinics/${id}`, { name: 42 })],
    ['a version that has passed', 412, ({ id }) => api.patch(`/clinics/${id}`, { name: 'x' }, { 'if-match': '"9"' })],
    [
      'a code that is taken',
      409,
      ({ code }) => api.post('/clinics', { organizationId: organization.id, name: 'Twice', code }),
    ],
    [
      'an archiving that others depend on',
      409,
      async ({ id }) => {
        const provider = await directory.provider(organization.id);
        await directory.assignment(provider.id, id);
        const before = await count();
        const answer = await api.delete(`/clinics/${id}`);
        expect(await count()).toBe(before);
        return answer;
      },
    ],
    ['an unknown record', 404, () => api.patch('/clinics/0123456789abcdef01234567', { name: 'x' })],
  ])('%s', async (_, expected, write) => {
    const clinic = await directory.clinic(organization.id);
    const before = await actions(clinic.id);
    const all = await count();
    const { status } = await write(clinic);
    expect(status).toBe(expected);
    expect(await actions(clinic.id)).toEqual(before);
    if (expected !== 409) expect(await count()).toBe(all);
  });

  it('reads, and of repeated endings that change nothing', async () => {
    const { id } = await directory.clinic(organization.id);
    await api.delete(`/clinics/${id}`);
    const before = await count();
    await api.delete(`/clinics/${id}`);
    await api.get(`/clinics/${id}`);
    await api.get('/audit');
    expect(await count()).toBe(before);
  });
});

describe('the audit log', () => {
  it('is for admins of the platform alone', async () => {
    for (const role of ['read-only', 'ops']) {
      expectProblem(await (await makeKey(service, null, role)).api.get('/audit'), 'forbidden');
    }
    for (const role of ['admin', 'editor', 'viewer']) {
      expectProblem(await (await makeKey(service, organization.id, role)).api.get('/audit'), 'forbidden');
    }
    expect((await (await makeKey(service, null, 'admin')).api.get('/audit')).status).toBe(200);
  });

  it('cannot be written by anybody', async () => {
    const [entry] = (await api.page('/audit')).body.data;
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      const answers = [await api.request(method, '/audit'), await api.request(method, `/audit/${entry?.['id']}`)];
      for (const { status } of answers) expect([404, 405]).toContain(status);
    }
  });

  it('is asked by organization, record and key, the newest first', async () => {
    const own = await directory.organization();
    const key = await makeKey(service, own.id, 'admin');
    const made = await key.api.post('/clinics', { name: 'One', code: 'ONE' });
    const byKey = (await api.page('/audit', { keyId: key.id })).body.data;
    expect(byKey.map(({ recordId }) => recordId)).toEqual([made.body['id']]);
    const { data } = (await api.page('/audit', { organizationId: own.id })).body;
    expect(data[0]?.['recordId']).toBe(made.body['id']);
    expect(data.map(({ organizationId }) => organizationId)).toEqual(data.map(() => own.id));
  });

  it('holds no secret and no content of a record', async () => {
    const secret = 'A very private name';
    const key = await makeKey(service, organization.id, 'admin', { name: secret });
    await key.api.post('/clinics', { name: secret, code: 'PRIVATE' });
    const stored = JSON.stringify(await service.db.collection('audit_entries').find().toArray());
    const digest = (await service.db.collection('api_keys').findOne({ prefix: key.record['prefix'] }))?.['digest'];
    expect(digest).toMatch(/^[\w-]{43}$/);
    for (const hidden of [secret, key.key, key.key.slice(16), String(digest)]) expect(stored).not.toContain(hidden);
  });
});
