import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { AssignmentsRepository } from '../../src/modules/assignments/assignments.repository.js';
import { ClinicsRepository } from '../../src/modules/clinics/clinics.repository.js';
import { Directory } from '../support/directory.js';
import { startService, type TestService } from '../support/service.js';

let service: TestService;
let directory: Directory;
beforeAll(async () => {
  service = await startService();
  directory = new Directory(service.api);
});
afterAll(() => service.stop());

const COLLECTIONS = ['organizations', 'clinics', 'providers', 'provider_clinic_assignments'];

/** Everything that is stored, as it is stored. */
const everything = async () =>
  Object.fromEntries(
    await Promise.all(
      COLLECTIONS.map(async (name) => [name, await service.db.collection(name).find().sort({ _id: 1 }).toArray()]),
    ),
  );

async function practice() {
  const organization = await directory.organization();
  const clinic = await directory.clinic(organization.id);
  const provider = await directory.provider(organization.id);
  await directory.assignment(provider.id, clinic.id);
  return { organization, clinic, provider };
}

describe('a cascade that fails in the middle leaves everything as it was', () => {
  it.each([
    ['organizations', 'organization', 'the clinics', ClinicsRepository, 'archiveAllOf'],
    ['organizations', 'organization', 'the assignments', AssignmentsRepository, 'endAllOf'],
    ['clinics', 'clinic', 'the assignments', AssignmentsRepository, 'endAllOf'],
    ['providers', 'provider', 'the assignments', AssignmentsRepository, 'endAllOf'],
  ] as const)('DELETE of %s, right after %s and %s', async (path, which, _, repository, step) => {
    const record = (await practice())[which];
    const before = await everything();
    // The step does its work, and then the process meets an error.
    const step_ = service.app.get<Record<string, (...args: unknown[]) => Promise<void>>>(repository, { strict: false });
    const original = step_[step]?.bind(step_);
    const failing = jest.spyOn(step_, step).mockImplementation(async (...args) => {
      await original?.(...args);
      throw new Error('the power goes out');
    });
    try {
      const answer = await service.api.delete(`/${path}/${record.id}`, { cascade: true });
      expect(failing).toHaveBeenCalledTimes(1);
      expect(answer.status).toBe(500);
      expect(await everything()).toEqual(before);
    } finally {
      failing.mockRestore();
    }
    expect((await service.api.delete(`/${path}/${record.id}`, { cascade: true })).status).toBe(204);
  });
});

it('a removal that is refused leaves everything as it was', async () => {
  const { organization, clinic, provider } = await practice();
  const before = await everything();
  for (const path of [`organizations/${organization.id}`, `clinics/${clinic.id}`, `providers/${provider.id}`]) {
    expect((await service.api.delete(`/${path}`)).status).toBe(409);
  }
  expect(await everything()).toEqual(before);
});

it('a record that cannot be made leaves no trace at its parents', async () => {
  const { organization, clinic, provider } = await practice();
  const before = await everything();
  const again = { organizationId: organization.id, name: 'Again', code: clinic['code'] };
  expect((await service.api.post('/clinics', again)).status).toBe(409);
  const twice = { providerId: provider.id, clinicId: clinic.id, role: 'owner' };
  expect((await service.api.post('/assignments', twice)).status).toBe(409);
  expect(await everything()).toEqual(before);
});
