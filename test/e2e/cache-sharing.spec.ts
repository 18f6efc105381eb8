import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Directory } from '../support/directory.js';
import { type MadeKey, makeKey } from '../support/principals.js';
import { startService, type TestService } from '../support/service.js';
import { BytesClient, jsonOf } from './bytes-client.js';
import { makePractice, type Practice, ROUTES_OF_ALL, ROUTES_OF_PRACTICE } from './cached-routes.js';

let service: TestService;
let own: Practice;
let others: Practice;
let platform: BytesClient;
let keys: Readonly<Record<'viewer' | 'sameAgain' | 'admin' | 'stranger', MadeKey>>;
beforeAll(async () => {
  service = await startService({ RATE_LIMIT_TENANT_PER_MINUTE: '0' });
  own = await makePractice(service.api);
  others = await makePractice(service.api);
  platform = new BytesClient(service);
  const keyOf = ({ organization }: Practice, role: string) => makeKey(service, organization.id, role);
  keys = {
    viewer: await keyOf(own, 'viewer'),
    sameAgain: await keyOf(own, 'viewer'),
    admin: await keyOf(own, 'admin'),
    stranger: await keyOf(others, 'admin'),
  };
});
afterAll(() => service.stop());

const clientOf = (name: keyof typeof keys) => new BytesClient(service, keys[name].key);
const cacheOf = async (client: BytesClient, path: string) => (await client.get(path)).headers['x-cache'];

describe.each(Object.entries({ ...ROUTES_OF_PRACTICE, ...ROUTES_OF_ALL }))('%s', (_, pathOf) => {
  it('is one answer for all keys of an organization, whatever their roles', async () => {
    const path = pathOf(own);
    const first = await clientOf('viewer').get(path);
    expect([first.status, first.headers['x-cache']]).toEqual([200, 'MISS']);
    for (const name of ['sameAgain', 'admin', 'viewer'] as const) {
      const answer = await clientOf(name).get(path);
      expect([name, answer.status, answer.headers['x-cache']]).toEqual([name, 200, 'HIT']);
      expect(answer.bytes.equals(first.bytes)).toBe(true);
    }
  });

  it('is another one for the platform, and for another organization', async () => {
    const path = pathOf(own);
    await clientOf('viewer').get(path);
    const seen = await platform.get(path);
    expect([seen.status, seen.headers['x-cache']]).toEqual([200, 'MISS']);
    const client = clientOf('stranger');
    for (const cache of ['MISS', 'HIT']) {
      const answer = await client.get(path);
      if (answer.status === 404 && /\/(?:staff|clinics)$/.test(path)) continue; // Made of other answers.
      expect(answer.headers['x-cache']).toBe(cache);
    }
    const after = await clientOf('viewer').get(path);
    expect([after.status, after.headers['x-cache']]).toEqual([200, 'HIT']);
  });

  it("never shows another organization's, with or without a tag that is known of it", async () => {
    const path = pathOf(own);
    const { etag = '' } = (await platform.get(path)).headers;
    for (let again = 0; again < 3; again += 1) {
      const answer = await clientOf('stranger').get(path);
      // A list of assignments may be asked for by any id, and is empty.
      if (answer.status !== 404) expect(jsonOf(answer)).toMatchObject({ data: expect.any(Array) });
      for (const { id } of Object.values(own)) {
        if (!path.includes(id)) expect(answer.bytes.toString()).not.toContain(id);
      }
      expect((await clientOf('stranger').get(path, { 'if-none-match': etag })).status).toBe(answer.status);
    }
  });
});

it("another organization's record is a 404 that stays one while its own people change it", async () => {
  const path = `/clinics/${own.clinic.id}`;
  const stranger = clientOf('stranger');
  for (const name of ['Renamed', 'Again']) {
    await service.api.patch(path, { name });
    for (const cache of ['MISS', 'HIT']) {
      const answer = await stranger.get(path);
      expect([answer.status, answer.headers['x-cache']]).toEqual([404, cache]);
      expect(answer.bytes.toString()).not.toContain(name);
    }
    expect(jsonOf(await clientOf('viewer').get(path))).toMatchObject({ name });
  }
});

it('what one key may not read at all is refused, cached or not', async () => {
  const { api } = await makeKey(service, null, 'ops');
  await platform.get(`/clinics/${own.clinic.id}`);
  expect((await api.get(`/clinics/${own.clinic.id}`)).status).toBe(403);
  expect((await new BytesClient(service, 'es_guessed').get(`/clinics/${own.clinic.id}`)).status).toBe(401);
});

describe('different questions', () => {
  it('of a list have different answers', async () => {
    const { id: organizationId } = await new Directory(service.api).organization();
    const directory = new Directory(service.api);
    for (const name of ['A', 'B', 'C']) await directory.clinic(organizationId, { name });
    await service.api.post('/clinics', { organizationId, name: 'D', code: 'D', status: 'inactive' });
    const of = `organizationId=${organizationId}`;
    const { page } = jsonOf(await platform.get(`/clinics?${of}&limit=2`)) as { page: { nextCursor: string } };
    const questions = [
      [`${of}`, 'DCBA'],
      [`${of}&sort=createdAt`, 'ABCD'],
      [`${of}&limit=1`, 'D'],
      [`${of}&limit=2&cursor=${page.nextCursor}`, 'BA'],
      [`${of}&limit=2&page=2`, 'BA'],
      [`${of}&limit=3&page=2`, 'A'],
      [`${of}&status=active`, 'CBA'],
      [`${of}&status=inactive`, 'D'],
      [`${of}&search=b`, 'B'],
    ] as const;
    for (const cache of ['MISS', 'HIT']) {
      for (const [query, names] of questions) {
        const answer = await platform.get(`/clinics?${query}`);
        const { data } = jsonOf(answer) as { data: { name: string }[] };
        expect([query, answer.headers['x-cache'], data.map(({ name }) => name).join('')]).toEqual([
          query,
          cache,
          names,
        ]);
      }
      for (const [count, total] of [
        ['none', undefined],
        ['exact', 4],
        ['estimate', 4],
      ]) {
        const answer = await platform.get(`/clinics?${of}&count=${count}`);
        expect([answer.headers['x-cache'], jsonOf(answer)]).toMatchObject([
          cache,
          { data: expect.any(Array), page: {} },
        ]);
        expect((jsonOf(answer) as { page: { total?: number } }).page.total).toBe(total);
      }
    }
  });

  it('of a record have different answers', async () => {
    const { id } = await new Directory(service.api).clinic(own.organization.id);
    const members = async (query: string) => {
      const answer = await platform.get(`/clinics/${id}${query}`);
      return [answer.headers['x-cache'], Object.keys(Object(jsonOf(answer))).length];
    };
    for (const cache of ['MISS', 'HIT']) {
      expect(await members('?fields=name')).toEqual([cache, 2]);
      expect(await members('?fields=code,name')).toEqual([cache, 3]);
      expect(await members('')).toEqual([cache, 8]);
    }
    // The same record, however its id is written.
    expect(await cacheOf(platform, `/clinics/${id.toUpperCase()}`)).toBe('MISS');
    await service.api.patch(`/clinics/${id}`, { name: 'Renamed' });
    for (const written of [id, id.toUpperCase()]) {
      expect(jsonOf(await platform.get(`/clinics/${written}`))).toMatchObject({ id, name: 'Renamed' });
    }
  });
});
