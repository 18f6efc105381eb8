import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiClient } from '../support/api-client.js';
import { type ApiRecord, Directory } from '../support/directory.js';
import { startService, type TestService } from '../support/service.js';
import { expectProblem, named } from './problem-shape.js';
import { UNKNOWN_ID } from './resource-cases.js';

let service: TestService;
let api: ApiClient;
let directory: Directory;
beforeAll(async () => {
  service = await startService();
  api = service.api;
  directory = new Directory(api);
});
afterAll(() => service.stop());

/** A provider who works at two clinics and has left a third. */
async function practice() {
  const organization = await directory.organization();
  const provider = await directory.provider(organization.id);
  const clinics: ApiRecord[] = [];
  const assignments: ApiRecord[] = [];
  for (const [at, name] of ['North', 'South', 'Left'].entries()) {
    const clinic = await directory.clinic(organization.id, { name });
    clinics.push(clinic);
    const assignedAt = `2026-01-0${at + 1}T08:00:00.000Z`;
    assignments.push(await directory.assignment(provider.id, clinic.id, { assignedAt }));
  }
  const [north, south, left] = clinics as [ApiRecord, ApiRecord, ApiRecord];
  await api.delete(`/assignments/${assignments[2]?.id}`);
  return { organization, provider, north, south, left, clinicsUrl: `/assignments/provider/${provider.id}/clinics` };
}

const clinicNames = async (url: string, query: Record<string, string | number> = {}) => {
  const { status, body } = await api.page(url, query);
  expect(status).toBe(200);
  return body.data.map(({ clinic }) => (clinic as ApiRecord)['name']);
};

describe("a provider's clinics", () => {
  it('are those where the provider works now, the latest first, each as its own resource shows it', async () => {
    const { clinicsUrl, provider, north, south, organization } = await practice();
    const { body } = await api.page(clinicsUrl);
    expect(body.data.map(({ clinic }) => clinic)).toEqual([south, north]);
    expect(body.data[0]).toMatchObject({
      providerId: provider.id,
      clinicId: south.id,
      organizationId: organization.id,
      assignedAt: '2026-01-02T08:00:00.000Z',
    });
  });

  it('with isActive=false are those that the provider has left', async () => {
    const { clinicsUrl } = await practice();
    expect(await clinicNames(clinicsUrl, { isActive: 'false' })).toEqual(['Left']);
    expect(await clinicNames(clinicsUrl, { isActive: 'true' })).toEqual(['South', 'North']);
    expectProblem(await api.get(clinicsUrl, { isActive: '1' }), 'validation-failed');
  });

  it('come in pages, in either order', async () => {
    const { clinicsUrl } = await practice();
    expect(await clinicNames(clinicsUrl, { sort: 'assignedAt' })).toEqual(['North', 'South']);
    const first = await api.page(clinicsUrl, { limit: 1 });
    expect(await clinicNames(clinicsUrl, { limit: 1, cursor: String(first.body.page.nextCursor) })).toEqual(['North']);
  });

  it('with fields show those of the assignment beside the clinic', async () => {
    const { clinicsUrl, south } = await practice();
    const { body } = await api.page(clinicsUrl, { fields: 'role', limit: 1 });
    expect(body.data).toEqual([{ id: expect.any(String), role: 'dentist', clinicId: south.id, clinic: south }]);
    expectProblem(await api.get(clinicsUrl, { fields: 'clinic' }), 'validation-failed');
  });

  it('a renamed clinic shows in its provider’s list at once', async () => {
    const { clinicsUrl, north } = await practice();
    expect(await clinicNames(clinicsUrl)).toEqual(['South', 'North']);
    await api.patch(`/clinics/${north.id}`, { name: 'Far North' });
    expect(await clinicNames(clinicsUrl)).toEqual(['South', 'Far North']);
  });

  it('are empty for a provider who works nowhere', async () => {
    const provider = await directory.provider((await directory.organization()).id);
    expect(await clinicNames(`/assignments/provider/${provider.id}/clinics`)).toEqual([]);
  });
});

describe("a clinic's staff", () => {
  it('is who works there now, each as its own resource shows it', async () => {
    const { north, provider, organization } = await practice();
    const second = await directory.provider(organization.id);
    await directory.assignment(second.id, north.id, { role: 'hygienist' });
    const { body } = await api.page(`/assignments/clinic/${north.id}/staff`);
    expect(body.data.map((row) => [row['role'], row['provider']])).toEqual([
      ['hygienist', second],
      ['dentist', provider],
    ]);
  });

  it('can be narrowed by the organization, and is nobody’s in another', async () => {
    const { north, organization } = await practice();
    const url = `/assignments/clinic/${north.id}/staff`;
    expect((await api.page(url, { organizationId: organization.id })).body.data).toHaveLength(1);
    expect((await api.page(url, { organizationId: UNKNOWN_ID })).body.data).toHaveLength(0);
  });

  it('is not filtered by anything else', async () => {
    const { north } = await practice();
    for (const parameter of ['role', 'clinicId', 'providerId', 'search']) {
      const answer = await api.get(`/assignments/clinic/${north.id}/staff`, { [parameter]: UNKNOWN_ID });
      expectProblem(answer, 'validation-failed');
    }
  });
});

it.each([`/assignments/provider/${UNKNOWN_ID}/clinics`, `/assignments/clinic/${UNKNOWN_ID}/staff`])(
  '%s is not found',
  async (url) => {
    expectProblem(await api.get(url), 'not-found');
    expectProblem(await api.get(url, { isActive: 'false' }), 'not-found');
  },
);

describe('an ended assignment', () => {
  const ended = async () => {
    const { provider, north } = await practice();
    const [row] = (await api.page(`/assignments/clinic/${north.id}/staff`)).body.data;
    const url = `/assignments/${row?.['id']}`;
    expect((await api.delete(url)).status).toBe(204);
    return { url, provider, north };
  };

  it('says since when, and ending it again changes nothing', async () => {
    const { url } = await ended();
    const { body } = await api.get(url);
    expect(body).toMatchObject({ isActive: false, version: 2, endedAt: expect.stringMatching(/Z$/) });
    expect((await api.delete(url)).status).toBe(204);
    expect((await api.get(url)).body).toEqual(body);
  });

  it('is brought back by isActive', async () => {
    const { url } = await ended();
    const { body } = await api.patch(url, { isActive: true });
    expect([body['isActive'], body['version'], 'endedAt' in body]).toEqual([true, 3, false]);
  });

  it('makes room for another, and then stays ended', async () => {
    const { url, provider, north } = await ended();
    const second = await directory.assignment(provider.id, north.id, { role: 'owner', isActive: false });
    expect((await api.patch(`/assignments/${second.id}`, { isActive: true })).status).toBe(200);
    expectProblem(await api.patch(url, { isActive: true }), 'conflict');
    expect((await api.get(url)).body).toMatchObject({ isActive: false, version: 2 });
  });

  it('is not brought back at an archived clinic', async () => {
    const { url, north } = await ended();
    expect((await api.delete(`/clinics/${north.id}`)).status).toBe(204);
    expectProblem(await api.patch(url, { isActive: true }), 'reference-not-live');
  });
});

describe('who can be assigned where', () => {
  it('a provider has one active assignment at a clinic, any number of ended ones', async () => {
    const { provider, north } = await practice();
    const body = { providerId: provider.id, clinicId: north.id, role: 'owner' };
    const answer = await api.post('/assignments', body);
    expectProblem(answer, 'conflict');
    for (let time = 0; time < 2; time += 1) {
      expect((await api.post('/assignments', { ...body, isActive: false })).status).toBe(201);
    }
  });

  it('the organization is that of the provider and the clinic', async () => {
    const { provider, organization } = await practice();
    const clinic = await directory.clinic(organization.id);
    const body = { providerId: provider.id, clinicId: clinic.id, role: 'owner' };
    const disagreeing = await api.post('/assignments', {
      ...body,
      organizationId: (await directory.organization()).id,
    });
    expectProblem(disagreeing, 'reference-not-live');
    expect(named(disagreeing)).toEqual(['/organizationId']);
    const agreeing = await api.post('/assignments', { ...body, organizationId: organization.id });
    expect(agreeing.body['organizationId']).toBe(organization.id);
  });

  it.each([
    ['an unknown provider', 'providerId', async () => UNKNOWN_ID, '/providerId'],
    ['an unknown clinic', 'clinicId', async () => UNKNOWN_ID, '/clinicId'],
    ['a clinic of another organization', 'clinicId', async () => (await practice()).north.id, '/clinicId'],
    ['a provider of another organization', 'providerId', async () => (await practice()).provider.id, '/clinicId'],
  ])('not %s', async (_, field, id, pointer) => {
    const { provider, left } = await practice();
    const body = { providerId: provider.id, clinicId: left.id, role: 'owner', [field]: await id() };
    const answer = await api.post('/assignments', body);
    expectProblem(answer, 'reference-not-live');
    expect(named(answer)).toEqual([pointer]);
  });
});
