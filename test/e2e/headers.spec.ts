import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Answer, ApiClient } from '../support/api-client.js';
import { Directory } from '../support/directory.js';
import { startService, type TestService } from '../support/service.js';
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

function expectHeadersOfAll({ headers }: Answer): void {
  expect(headers.get('x-response-time')).toMatch(/^\d+\.\dms$/);
  expect(headers.get('x-correlation-id')).toMatch(/^[\w.:-]{1,128}$/);
  for (const name of ['x-powered-by', 'server']) expect([name, headers.get(name)]).toEqual([name, null]);
}

describe.each(resourceCases)('$name', (resource) => {
  const { path } = resource;

  it('a reader keeps what it reads for itself and asks again', async () => {
    const { id } = await make(resource, api, directory);
    for (const url of [path, `${path}/${id}`]) {
      const answer = await api.get(url);
      expect(answer.headers.get('cache-control')).toBe('private, no-cache');
      const vary = answer.headers.get('vary')?.split(/, */) ?? [];
      expect(vary).toEqual(expect.arrayContaining(['Authorization', 'Accept-Encoding', 'X-API-Key']));
      expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
      expectHeadersOfAll(answer);
    }
  });

  it('nobody keeps the answer to a write', async () => {
    const made = await api.post(path, await resource.body(directory));
    const url = `${path}/${made.body['id']}`;
    const patched = await api.patch(url, {});
    const removed = await api.delete(url);
    for (const answer of [made, patched, removed]) {
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expectHeadersOfAll(answer);
    }
    expect([removed.status, removed.body, removed.headers.get('content-type')]).toEqual([204, '', null]);
  });

  it('nobody keeps an error', async () => {
    for (const answer of [
      await api.get(`${path}/${UNKNOWN_ID}`),
      await api.get(`${path}/not-an-id`),
      await api.get(path, { limit: 0 }),
      await api.post(path, '{'),
      await api.request('DELETE', path),
    ]) {
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expectHeadersOfAll(answer);
    }
  });
});

it('an organization’s summary counts what it has', async () => {
  const organization = await directory.organization();
  const clinic = await directory.clinic(organization.id);
  const provider = await directory.provider(organization.id);
  await directory.clinic(organization.id, { status: 'inactive' });
  await directory.assignment(provider.id, clinic.id);
  const answer = await api.get(`/organizations/${organization.id}/summary`);
  expect(answer.body).toEqual({
    id: organization.id,
    name: organization['name'],
    status: 'active',
    subscriptionTier: 'free',
    clinics: { active: 1, inactive: 1 },
    providers: { active: 1 },
    activeAssignments: 1,
  });
  expect(answer.headers.get('cache-control')).toBe('private, no-cache');
  expectHeadersOfAll(answer);
});
