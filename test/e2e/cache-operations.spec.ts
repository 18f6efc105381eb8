import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { ObjectId } from 'mongodb';
import { Cache } from '../../src/common/cache/create-cache.js';
import { HotEntries } from '../../src/common/cache/hot-entries.js';
import { RedisTier } from '../../src/common/cache/shared-tier.js';
import { organizationPrincipal, platformPrincipal } from '../../src/common/context/principal.js';
import { Authenticator } from '../../src/modules/auth/authenticator.js';
import { OwnRequests } from '../../src/modules/auth/own-requests.js';
import { ApiClient } from '../support/api-client.js';
import { type ApiRecord, Directory } from '../support/directory.js';
import { startService, type TestService } from '../support/service.js';

interface Stats {
  readonly resources: Readonly<
    Record<string, { readonly hits: number; readonly misses: number; readonly loads: number }>
  >;
  readonly memory: { readonly entries: number };
  readonly hottest: readonly { readonly key: string; readonly hits: number }[];
}

let service: TestService;
/** Another process over the same database and Redis. */
let other: TestService;
let directory: Directory;
let organization: ApiRecord;
let clinic: ApiRecord;
/** As a viewer of the organization. */
let viewer: ApiClient;
let key: string;

beforeAll(async () => {
  service = await startService({ RATE_LIMIT_TENANT_PER_MINUTE: '0' });
  other = await startService({ RATE_LIMIT_TENANT_PER_MINUTE: '0', MONGODB_DATABASE: service.db.databaseName });
  directory = new Directory(service.api);
});
afterAll(async () => {
  await other.stop();
  await service.stop();
});

beforeEach(async () => {
  organization = await directory.organization();
  clinic = await directory.clinic(organization.id);
  const body = { organizationId: organization.id, name: 'viewer', role: 'viewer' };
  key = String((await service.api.post('/auth/keys', body)).body['key']);
  viewer = new ApiClient(`${service.url}/api/v1`, key);
});

const statsOf = async ({ api }: TestService) => (await api.get<Stats>('/performance/cache/stats')).body;
const deliveryOf = async (api: ApiClient, path: string) => (await api.get(path)).headers.get('x-cache');

describe('cache/stats', () => {
  it('counts what the client has been answered, by resource', async () => {
    const before = await statsOf(service);
    const deliveries = [];
    for (let read = 0; read < 5; read += 1) deliveries.push(await deliveryOf(viewer, `/clinics/${clinic.id}`));
    const after = await statsOf(service);
    const grown = (figure: 'hits' | 'misses' | 'loads') =>
      (after.resources['clinics']?.[figure] ?? 0) - (before.resources['clinics']?.[figure] ?? 0);
    expect([grown('hits'), grown('misses'), grown('loads')]).toEqual([
      deliveries.filter((delivery) => delivery === 'HIT').length,
      deliveries.filter((delivery) => delivery === 'MISS').length,
      1,
    ]);
  });

  it('names what is served most', async () => {
    for (let read = 0; read < 30; read += 1) await viewer.get(`/clinics/${clinic.id}`);
    const [hottest] = (await statsOf(service)).hottest;
    expect(hottest).toMatchObject({ key: `${organization.id} /api/v1/clinics/${clinic.id}`, hits: 29 });
  });
});

describe('cache/clear', () => {
  const known = async () => {
    await viewer.get(`/clinics/${clinic.id}`);
    await viewer.get('/clinics');
    await service.api.get(`/clinics/${clinic.id}`);
  };
  const deliveries = () =>
    Promise.all([
      deliveryOf(viewer, `/clinics/${clinic.id}`),
      deliveryOf(viewer, '/clinics'),
      deliveryOf(service.api, `/clinics/${clinic.id}`),
    ]);

  it.each([
    ['everything', () => ({ everything: true }), ['MISS', 'MISS', 'MISS']],
    ['a resource', () => ({ resource: 'clinics' }), ['MISS', 'MISS', 'MISS']],
    ['another resource', () => ({ resource: 'providers' }), ['HIT', 'HIT', 'HIT']],
    ['an organization', () => ({ organizationId: organization.id }), ['MISS', 'MISS', 'HIT']],
    ['another organization', () => ({ organizationId: 'f'.repeat(24) }), ['HIT', 'HIT', 'HIT']],
  ] as const)('of %s, by another process, leaves the rest', async (_, body, expected) => {
    await known();
    expect(await deliveries()).toEqual(['HIT', 'HIT', 'HIT']);
    expect((await other.api.post('/performance/cache/clear', body())).status).toBe(204);
    expect(await deliveries()).toEqual(expected);
  });

  it.each([[{}], [{ everything: true, resource: 'clinics' }], [{ resource: 'keys' }], [{ tenant: 'all' }]])(
    'of %j changes nothing',
    async (body) => {
      await known();
      expect((await service.api.post('/performance/cache/clear', body)).status).toBe(400);
      expect(await deliveries()).toEqual(['HIT', 'HIT', 'HIT']);
    },
  );
});

describe('cache/warm', () => {
  const warm = async (body: object, { api }: TestService = service) =>
    (await api.post('/performance/cache/warm', body)).body;

  it('loads what the organization asks for most, as it sees it', async () => {
    const paths = [`/clinics/${clinic.id}`, '/clinics', `/organizations/${organization.id}/summary`];
    for (const path of paths) for (let read = 0; read < 3; read += 1) await viewer.get(path);
    await service.db
      .collection('clinics')
      .updateOne({ code: clinic['code'] }, { $set: { name: 'Written from outside' } });
    // What is voided gives way as it is found; until then it says what was asked for.
    await other.api.post('/performance/cache/clear', { organizationId: organization.id });
    expect(await warm({ organizationId: organization.id })).toEqual({ warmed: 3, failed: 0 });
    const answers = await Promise.all(paths.map((path) => viewer.get<{ readonly name?: string }>(path)));
    expect(answers.map(({ headers }) => headers.get('x-cache'))).toEqual(['HIT', 'HIT', 'HIT']);
    expect(answers[0]?.body.name).toBe('Written from outside');
  });

  it('takes what other processes have noted', async () => {
    for (let read = 0; read < 3; read += 1) await viewer.get(`/clinics/${clinic.id}`);
    await noted(service);
    expect(await warm({ organizationId: organization.id, most: 5 }, other)).toEqual({ warmed: 1, failed: 0 });
    const elsewhere = new ApiClient(`${other.url}/api/v1`, key);
    expect(await deliveryOf(elsewhere, `/clinics/${clinic.id}`)).toBe('HIT');
  });

  it('loads no more than it is asked to', async () => {
    for (const path of ['/clinics', '/providers', `/clinics/${clinic.id}`]) {
      for (let read = 0; read < 3; read += 1) await viewer.get(path);
    }
    expect(await warm({ organizationId: organization.id, most: 2 })).toEqual({ warmed: 2, failed: 0 });
  });
});

describe('a request of the process to itself', () => {
  let limited: TestService;
  beforeAll(async () => {
    limited = await startService({
      RATE_LIMIT_TENANT_PER_MINUTE: '1000',
      MONGODB_DATABASE: service.db.databaseName,
    });
  });
  afterAll(() => limited.stop());

  it("spends nothing of the organization's quota", async () => {
    const asked = new ApiClient(`${limited.url}/api/v1`, key);
    const remaining = async () =>
      Number(/r=(\d+)/.exec((await asked.get(`/clinics/${clinic.id}`)).headers.get('ratelimit') ?? '')?.[1]);
    const before = await remaining();
    const principal = organizationPrincipal('viewer', 'own', new ObjectId(organization.id));
    for (let number = 0; number < 50; number += 1) {
      const { status } = await limited.app.get(OwnRequests).get(`/api/v1/clinics/${clinic.id}`, principal);
      expect(status).toBe(200);
    }
    expect(before - (await remaining())).toBeLessThan(25);
  });

  it('is made with a pass that nobody can use once it is given back', async () => {
    const authenticator = limited.app.get(Authenticator);
    const pass = authenticator.lend(platformPrincipal('admin', 'own'));
    const stranger = new ApiClient(`${limited.url}/api/v1`, pass.credential);
    expect((await stranger.get('/organizations')).status).toBe(200);
    pass.giveBack();
    expect((await stranger.get('/organizations')).status).toBe(401);
  });
});

/** Has the process note what it serves most, as it does now and then. */
async function noted({ app, db }: TestService): Promise<void> {
  const { memory, statistics } = app.get(Cache);
  const redis = app.get(Redis);
  await new HotEntries(redis, db.databaseName, memory, new RedisTier(redis, db.databaseName, ''), statistics).note();
}
