import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ObjectId } from 'mongodb';
import { expectProblem, named } from '../e2e/problem-shape.js';
import type { ApiClient } from '../support/api-client.js';
import { type ApiRecord, Directory } from '../support/directory.js';
import { clientOf, expire, type MadeKey, makeKey, ORGANIZATION_ROLES, PLATFORM_ROLES } from '../support/principals.js';
import { startService, type TestService } from '../support/service.js';
import { untilAnswer } from '../support/until.js';

let service: TestService;
/** Another process of the same service, as far as the database knows. */
let other: TestService;
let directory: Directory;
let organization: ApiRecord;
let stranger: ApiRecord;
let admin: MadeKey;
beforeAll(async () => {
  // Cached answers come quicker than a tenant may ask.
  const unlimited = { RATE_LIMIT_TENANT_PER_MINUTE: '0' };
  service = await startService(unlimited);
  other = await startService({ ...unlimited, MONGODB_DATABASE: service.db.databaseName });
  directory = new Directory(service.api);
  organization = await directory.organization();
  stranger = await directory.organization();
  admin = await makeKey(service, organization.id, 'admin');
});
afterAll(async () => {
  await other.stop();
  await service.stop();
});

const status = async (api: ApiClient) => (await api.get('/clinics')).status;
const within = 1000;

describe('a key', () => {
  it('is shown once, when it is made', async () => {
    const { id, key, record } = await makeKey(service, organization.id, 'editor');
    expect(key).toMatch(/^es_[0-9a-f]{12}_[\w-]{43}$/);
    expect(record['prefix']).toBe(key.slice(0, 15));
    const shown = await service.api.get(`/auth/keys/${id}`);
    const listed = await service.api.page('/auth/keys', { organizationId: organization.id });
    expect(shown.body).toMatchObject({ id, prefix: key.slice(0, 15), role: 'editor', organizationId: organization.id });
    for (const answer of [shown, listed]) {
      expect(JSON.stringify(answer.body)).not.toContain(key.slice(16));
      expect(JSON.stringify(answer.body)).not.toMatch(/digest/);
    }
  });

  it('is found nowhere in the database, whole or in part', async () => {
    const { key, api } = await makeKey(service, organization.id, 'admin');
    await api.post('/clinics', { name: 'By the key', code: 'BY-KEY' });
    const secret = key.slice(16);
    for (const { collectionName } of await service.db.collections()) {
      const stored = JSON.stringify(await service.db.collection(collectionName).find().toArray());
      expect([collectionName, stored.includes(secret), stored.includes(Buffer.from(key).toString('base64'))]).toEqual([
        collectionName,
        false,
        false,
      ]);
    }
  });

  it('works until it expires', async () => {
    const key = await makeKey(service, organization.id, 'viewer', {
      expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
    });
    expect(await status(key.api)).toBe(200);
    await expire(service, key);
    await untilAnswer(
      () => status(key.api),
      (answer) => answer === 401,
    );
  });

  it('cannot be made for a time that is over', async () => {
    const body = { organizationId: organization.id, name: 'late', role: 'viewer', expiresAt: '2020-01-01T00:00:00Z' };
    const answer = await service.api.post('/auth/keys', body);
    expectProblem(answer, 'validation-failed');
    expect(named(answer)).toEqual(['/expiresAt']);
  });

  it('notes its last use', async () => {
    const short = await startService({ MONGODB_DATABASE: service.db.databaseName });
    const key = await makeKey(service, organization.id, 'viewer');
    const before = Date.now();
    expect((await service.api.get(`/auth/keys/${key.id}`)).body['lastUsedAt']).toBeUndefined();
    expect(await status(clientOf(short, key.key))).toBe(200);
    await short.stop();
    const { body } = await service.api.get(`/auth/keys/${key.id}`);
    expect(Date.parse(String(body['lastUsedAt']))).toBeGreaterThanOrEqual(before);
    expect(body['version']).toBe(1);
  });

  it.each(ORGANIZATION_ROLES)('of an organization may be %s', async (role) => {
    expect((await makeKey(service, organization.id, role)).record['role']).toBe(role);
  });

  it.each(PLATFORM_ROLES)('of the platform may be %s', async (role) => {
    expect((await makeKey(service, null, role)).record).toMatchObject({ role, organizationId: null });
  });

  it.each([
    ['an organization', () => organization.id, 'ops'],
    ['an organization', () => organization.id, 'read-only'],
    ['the platform', () => null, 'editor'],
    ['the platform', () => null, 'viewer'],
    ['anybody', () => organization.id, 'owner'],
  ])('of %s cannot have a role that is not theirs (%#)', async (_, owner, role) => {
    const answer = await service.api.post('/auth/keys', { organizationId: owner(), name: 'odd', role });
    expectProblem(answer, 'validation-failed');
    expect(named(answer)).toEqual(['/role']);
  });
});

describe("an organization's admin", () => {
  it('makes keys of the organization, named or not', async () => {
    const made = await admin.api.post('/auth/keys', { name: 'front desk', role: 'editor' });
    expect([made.status, made.body['organizationId']]).toEqual([201, organization.id]);
    expect((await makeKey(service, organization.id, 'admin', { as: admin.api })).record['role']).toBe('admin');
  });

  it('makes none of the platform', async () => {
    expectProblem(await admin.api.post('/auth/keys', { organizationId: null, name: 'up', role: 'admin' }), 'forbidden');
  });

  it('makes none of another organization, and cannot tell it from one that does not exist', async () => {
    const make = (organizationId: string) =>
      admin.api.post('/auth/keys', { organizationId, name: 'x', role: 'viewer' });
    for (const id of [stranger.id, new ObjectId().toHexString()]) {
      expectProblem(await make(id), 'reference-not-live');
    }
    expect((await service.api.page('/auth/keys', { organizationId: stranger.id })).body.data).toEqual([]);
  });

  it('sees, rotates and revokes no key of the platform', async () => {
    const key = await makeKey(service, null, 'ops');
    expectProblem(await admin.api.get(`/auth/keys/${key.id}`), 'not-found');
    expectProblem(await admin.api.post(`/auth/keys/${key.id}/rotate`, {}), 'not-found');
    expectProblem(await admin.api.delete(`/auth/keys/${key.id}`), 'not-found');
    const ids = (await admin.api.page('/auth/keys', { limit: 100 })).body.data.map(({ id }) => id);
    expect(ids).not.toContain(key.id);
  });
});

describe('rotation', () => {
  it('gives a new key of the same kind while the old one goes on', async () => {
    const old = await makeKey(service, organization.id, 'editor', { name: 'front desk' });
    const answer = await service.api.post(`/auth/keys/${old.id}/rotate`, { overlapSeconds: 600 });
    expect(answer.body).toMatchObject({ name: 'front desk', role: 'editor', organizationId: organization.id });
    const fresh = clientOf(service, String(answer.body['key']));
    expect([await status(fresh), await status(old.api)]).toEqual([200, 200]);
    const { body } = await service.api.get(`/auth/keys/${old.id}`);
    const left = Date.parse(String(body['expiresAt'])) - Date.now();
    expect(left).toBeGreaterThan(500_000);
    expect(left).toBeLessThanOrEqual(600_000);
  });

  it('without overlap ends the old key at once', async () => {
    const old = await makeKey(service, organization.id, 'viewer');
    expect(await status(old.api)).toBe(200);
    const answer = await service.api.post(`/auth/keys/${old.id}/rotate`, { overlapSeconds: 0 });
    expect(await status(old.api)).toBe(401);
    expect(await status(clientOf(service, String(answer.body['key'])))).toBe(200);
  });

  it('does not lengthen the life of a key that is about to expire', async () => {
    const expiresAt = new Date(Date.now() + 60_000).toISOString();
    const old = await makeKey(service, organization.id, 'viewer', { expiresAt });
    await service.api.post(`/auth/keys/${old.id}/rotate`, { overlapSeconds: 86_400 });
    expect((await service.api.get(`/auth/keys/${old.id}`)).body['expiresAt']).toBe(expiresAt);
  });

  it('of a revoked or expired key is refused', async () => {
    const revoked = await makeKey(service, organization.id, 'viewer');
    await service.api.delete(`/auth/keys/${revoked.id}`);
    const expired = await makeKey(service, organization.id, 'viewer');
    await expire(service, expired);
    for (const { id } of [revoked, expired]) {
      expectProblem(await service.api.post(`/auth/keys/${id}/rotate`, {}), 'archived');
    }
  });
});

describe('within a second, on another process,', () => {
  const tokenOf = async ({ id, key }: MadeKey): Promise<string> => {
    const body = { grant_type: 'client_credentials', client_id: id, client_secret: key };
    const { body: answer } = await clientOf(service, undefined).post('/auth/token', body);
    return String(answer['access_token']);
  };

  /** Both credentials of a key are in use on the other process, so that it has every reason to trust them. */
  async function inUse(organizationId: string) {
    const key = await makeKey(service, organizationId, 'viewer');
    const clients = [clientOf(other, key.key), clientOf(other, await tokenOf(key))];
    expect(await Promise.all(clients.map(status))).toEqual([200, 200]);
    return { key, statuses: () => Promise.all(clients.map(status)) };
  }

  const all = (expected: number) => (statuses: readonly number[]) => statuses.every((it) => it === expected);

  it('a revoked key stops, and its tokens', async () => {
    const { key, statuses } = await inUse(organization.id);
    await service.api.delete(`/auth/keys/${key.id}`);
    expect(await status(key.api)).toBe(401);
    expect((await untilAnswer(statuses, all(401))).tookMs).toBeLessThan(within);
  });

  it('the keys of a suspended organization stop, and go on when it is active again', async () => {
    const { id } = await directory.organization();
    const { statuses } = await inUse(id);
    await service.api.patch(`/organizations/${id}`, { status: 'suspended' });
    expect((await untilAnswer(statuses, all(401))).tookMs).toBeLessThan(within);
    await service.api.patch(`/organizations/${id}`, { status: 'active' });
    expect((await untilAnswer(statuses, all(200))).tookMs).toBeLessThan(within);
  });

  it('the keys of an archived organization stop', async () => {
    const { id } = await directory.organization();
    const { statuses } = await inUse(id);
    await service.api.delete(`/organizations/${id}`);
    expect((await untilAnswer(statuses, all(401))).tookMs).toBeLessThan(within);
  });
});
