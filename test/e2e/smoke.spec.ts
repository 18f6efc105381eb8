import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Directory } from '../support/directory.js';
import { startService, type TestService } from '../support/service.js';

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

it('answers a clinic that was just made', async () => {
  const directory = new Directory(service.api);
  const organization = await directory.organization();
  const clinic = await directory.clinic(organization.id);
  const { status, body } = await service.api.get(`/clinics/${clinic.id}`);
  expect(status).toBe(200);
  expect(body).toEqual(clinic);
});
it('405', async () => {
  const { status, headers } = await service.api.request('DELETE', `/clinics`);
  expect([status, headers.get('allow')]).toEqual([405, 'GET, HEAD, POST']);
});
