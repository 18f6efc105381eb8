import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { expectProblem, named } from '../e2e/problem-shape.js';
import type { ApiClient } from '../support/api-client.js';
import { Directory } from '../support/directory.js';
import { startService, type TestService } from '../support/service.js';

let service: TestService;
let api: ApiClient;
let directory: Directory;
beforeAll(async () => {
  service = await startService();
  api = service.api;
  directory = new Directory(api);
});
afterAll(() => service.stop());

/** An organization with two clinics and two providers; the first two work together. */
async function practice() {
  const organization = await directory.organization();
  const clinic = await directory.clinic(organization.id);
  const provider = await directory.provider(organization.id);
  return {
    organization: `/organizations/${organization.id}`,
    clinic: `/clinics/${clinic.id}`,
    provider: `/providers/${provider.id}`,
    otherClinic: `/clinics/${(await directory.clinic(organization.id, { status: 'inactive' })).id}`,
    otherProvider: `/providers/${(await directory.provider(organization.id)).id}`,
    assignment: `/assignments/${(await directory.assignment(provider.id, clinic.id)).id}`,
  };
}

type Practice = Awaited<ReturnType<typeof practice>>;
const idOf = (url: string) => url.split('/').at(-1);

const stateOf = async (urls: Practice) =>
  Object.fromEntries(
    await Promise.all(
      Object.entries(urls).map(async ([name, url]) => {
        const { body } = await api.get(url);
        return [name, `${body['status'] ?? (body['isActive'] ? 'active' : 'ended')} ${body['version']}`];
      }),
    ),
  );

const untouched = {
  organization: 'active 1',
  clinic: 'active 1',
  provider: 'active 1',
  otherClinic: 'inactive 1',
  otherProvider: 'active 1',
  assignment: 'active 1',
};

describe('what others depend on is not removed by accident', () => {
  it.each([
    ['organization', { clinics: 2, providers: 2, assignments: 1 }],
    ['clinic', { assignments: 1 }],
    ['provider', { assignments: 1 }],
  ] as const)('the %s stays, and the answer counts what depends on it', async (name, dependents) => {
    const urls = await practice();
    for (const query of [{}, { cascade: false }]) {
      const answer = await api.delete(urls[name], query);
      expectProblem(answer, 'has-dependents');
      expect(answer.body['dependents']).toEqual(dependents);
    }
    expect(await stateOf(urls)).toEqual(untouched);
  });

  it('without dependents no cascade is needed; archived ones and ended ones count for nothing', async () => {
    const urls = await practice();
    for (const name of ['assignment', 'clinic', 'provider', 'otherClinic', 'otherProvider', 'organization'] as const) {
      expect([name, (await api.delete(urls[name])).status]).toEqual([name, 204]);
    }
  });
});

describe('a cascade', () => {
  it('archives an organization with everything in it, each one version later', async () => {
    const [urls, neighbours] = await Promise.all([practice(), practice()]);
    expect((await api.delete(urls.organization, { cascade: true })).status).toBe(204);
    expect(await stateOf(urls)).toEqual({
      organization: 'archived 2',
      clinic: 'archived 2',
      provider: 'archived 2',
      otherClinic: 'archived 2',
      otherProvider: 'archived 2',
      assignment: 'ended 2',
    });
    expect(await stateOf(neighbours)).toEqual(untouched);
    expect((await api.get(urls.clinic)).body['archivedAt']).toEqual(expect.any(String));
    expect((await api.get(urls.assignment)).body['endedAt']).toEqual(expect.any(String));
    const found = await api.page('/clinics', { organizationId: idOf(urls.organization), search: 'clinic' });
    expect(found.body.data).toEqual([]);
  });

  it.each(['clinic', 'provider'] as const)('of a %s ends its assignments and nothing else', async (name) => {
    const urls = await practice();
    expect((await api.delete(urls[name], { cascade: true })).status).toBe(204);
    expect(await stateOf(urls)).toEqual({ ...untouched, [name]: 'archived 2', assignment: 'ended 2' });
  });

  it('leaves alone what was archived before', async () => {
    const urls = await practice();
    await api.delete(urls.otherClinic);
    await api.delete(urls.organization, { cascade: true });
    expect((await stateOf(urls))['otherClinic']).toBe('archived 2');
  });

  it('holds to the version that the client named', async () => {
    const urls = await practice();
    const stale = await api.delete(urls.organization, { cascade: true }, { 'if-match': '"7"' });
    expectProblem(stale, 'precondition-failed');
    expect(await stateOf(urls)).toEqual(untouched);
  });
});

describe('under an archived parent', () => {
  it('nothing new is made', async () => {
    const urls = await practice();
    const organizationId = idOf(urls.organization);
    await api.delete(urls.organization, { cascade: true });
    const clinic = await api.post('/clinics', { organizationId, name: 'Late', code: 'LATE' });
    const provider = await api.post('/providers', { organizationId, firstName: 'Too', lastName: 'Late' });
    for (const answer of [clinic, provider]) {
      expectProblem(answer, 'reference-not-live');
      expect(named(answer)).toEqual(['/organizationId']);
    }
  });

  it.each([
    ['clinic', '/clinicId'],
    ['provider', '/providerId'],
  ] as const)('nobody is assigned: the %s is archived', async (name, pointer) => {
    const urls = await practice();
    await api.delete(urls[name], { cascade: true });
    const body = { providerId: idOf(urls.provider), clinicId: idOf(urls.clinic), role: 'dentist' };
    const answer = await api.post('/assignments', body);
    expectProblem(answer, 'reference-not-live');
    expect(named(answer)).toEqual([pointer]);
  });

  it('nothing comes back before its parent does', async () => {
    const urls = await practice();
    await api.delete(urls.organization, { cascade: true });
    expectProblem(await api.patch(urls.clinic, { status: 'active' }), 'reference-not-live');
    expectProblem(await api.patch(urls.assignment, { isActive: true }), 'reference-not-live');
    await api.patch(urls.organization, { status: 'active' });
    expect((await stateOf(urls))['clinic']).toBe('archived 2');
    expect((await api.patch(urls.clinic, { status: 'active' })).status).toBe(200);
    expect((await api.patch(urls.provider, { status: 'active' })).status).toBe(200);
    expect((await api.patch(urls.assignment, { isActive: true })).status).toBe(200);
    expect(await stateOf(urls)).toMatchObject({ clinic: 'active 3', provider: 'active 3', assignment: 'active 3' });
  });

  it('an unknown organization is none', async () => {
    const answer = await api.post('/clinics', { organizationId: 'f'.repeat(24), name: 'Lost', code: 'L' });
    expectProblem(answer, 'reference-not-live');
  });
});
