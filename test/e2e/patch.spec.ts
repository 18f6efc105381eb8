import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiClient } from '../support/api-client.js';
import { Directory } from '../support/directory.js';
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
  const { path, textField, optional, immutable } = resource;

  it.each(['application/merge-patch+json', 'application/json', 'application/merge-patch+json; charset=utf-8'])(
    'a PATCH in %s changes what it names and keeps the rest',
    async (type) => {
      const record = await make(resource, api, directory, optional);
      const answer = await api.patch(`${path}/${record.id}`, { [textField]: 'Renamed' }, { 'content-type': type });
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual({
        ...record,
        [textField]: 'Renamed',
        version: 2,
        updatedAt: answer.body['updatedAt'],
      });
      expect(answer.headers.get('etag')).toBe('"2"');
      expect((await api.get(`${path}/${record.id}`)).body).toEqual(answer.body);
    },
  );

  it('null removes an optional field', async () => {
    const record = await make(resource, api, directory, optional);
    for (const field of Object.keys(optional)) {
      const answer = await api.patch(`${path}/${record.id}`, { [field]: null });
      expect([answer.status, field in answer.body]).toEqual([200, false]);
    }
  });

  it('null does not remove a required field', async () => {
    const record = await make(resource, api, directory);
    const answer = await api.patch(`${path}/${record.id}`, { [textField]: null });
    expectProblem(answer, 'validation-failed');
    expect(answer.body['errors']).toEqual([{ pointer: `/${textField}`, message: 'is required' }]);
    expect((await api.get(`${path}/${record.id}`)).body).toEqual(record);
  });

  it.each(['text/plain', 'application/xml', 'application/json-patch+json', 'application/x-www-form-urlencoded'])(
    'a PATCH in %s is refused with the types that are taken',
    async (type) => {
      const record = await make(resource, api, directory);
      const answer = await api.patch(`${path}/${record.id}`, '{}', { 'content-type': type });
      expectProblem(answer, 'unsupported-media-type');
      expect(answer.headers.get('accept-patch')).toBe('application/merge-patch+json, application/json');
    },
  );

  it('merge patches are for PATCH alone', async () => {
    const merge = { 'content-type': 'application/merge-patch+json' };
    expectProblem(await api.post(path, await resource.body(directory), merge), 'unsupported-media-type');
    const record = await make(resource, api, directory);
    expectProblem(await api.put(`${path}/${record.id}`, {}, merge), 'unsupported-media-type');
  });

  it.each([
    ['a value', 'x'],
    ['null, which would remove nothing', null],
  ])('an unknown member is refused with %s', async (_, value) => {
    const record = await make(resource, api, directory);
    const answer = await api.patch(`${path}/${record.id}`, { nickname: value });
    expectProblem(answer, 'validation-failed');
    expect(answer.body['errors']).toEqual([{ pointer: '/nickname', message: 'is not known' }]);
  });

  it.each(['[]', '"text"', '1', 'null', 'true'])('the patch %s is no object and is refused', async (patch) => {
    const record = await make(resource, api, directory);
    expectProblem(await api.patch(`${path}/${record.id}`, patch), 'validation-failed');
  });

  it('an empty patch is a write like any other', async () => {
    const record = await make(resource, api, directory);
    const answer = await api.patch(`${path}/${record.id}`, {});
    expect([answer.status, answer.body['version']]).toEqual([200, 2]);
  });

  if (immutable.length > 0) {
    it.each(immutable)('%s never changes: PATCH and PUT with another value are refused', async (field) => {
      const record = await make(resource, api, directory);
      const body = { ...(await resource.body(directory)), ...pick(record, immutable), [field]: UNKNOWN_ID };
      for (const answer of [
        await api.patch(`${path}/${record.id}`, { [field]: UNKNOWN_ID }),
        await api.patch(`${path}/${record.id}`, { [field]: null }),
        await api.put(`${path}/${record.id}`, body),
      ]) {
        expectProblem(answer, 'validation-failed');
        expect(answer.body['errors']).toEqual([{ pointer: `/${field}`, message: 'cannot be changed' }]);
      }
      expect((await api.patch(`${path}/${record.id}`, { [field]: record[field] })).status).toBe(200);
      expect((await api.get(`${path}/${record.id}`)).body[field]).toBe(record[field]);
    });
  }
});

const pick = (record: Readonly<Record<string, unknown>>, fields: readonly string[]) =>
  Object.fromEntries(fields.map((field) => [field, record[field]]));

describe('nested values', () => {
  const clinicWith = async (fields: Record<string, unknown>) =>
    directory.clinic((await directory.organization()).id, fields);

  it('objects merge: a clinic moves within its city', async () => {
    const clinic = await clinicWith({ address: { street: '500 Molina', city: 'Port Lions', state: 'AK' } });
    const { body } = await api.patch(`/clinics/${clinic.id}`, { address: { street: '1 Main St', state: null } });
    expect(body['address']).toEqual({ street: '1 Main St', city: 'Port Lions' });
  });

  it('objects are made where there was none', async () => {
    const clinic = await clinicWith({});
    const { body } = await api.patch(`/clinics/${clinic.id}`, { address: { city: 'Juneau', state: null } });
    expect(body['address']).toEqual({ city: 'Juneau' });
  });

  it('arrays are replaced, never merged: a clinic changes its Monday and keeps its Friday', async () => {
    const friday = [{ from: '09:00', to: '13:00' }];
    const monday = [
      { from: '08:00', to: '12:00' },
      { from: '13:00', to: '17:00' },
    ];
    const clinic = await clinicWith({ openingHours: { monday, friday } });
    const { body } = await api.patch(`/clinics/${clinic.id}`, {
      openingHours: { monday: [{ from: '10:00', to: '11:00' }] },
    });
    expect(body['openingHours']).toEqual({ monday: [{ from: '10:00', to: '11:00' }], friday });
  });

  it('unknown members are found at any depth', async () => {
    const clinic = await clinicWith({ address: { city: 'Juneau' } });
    const answer = await api.patch(`/clinics/${clinic.id}`, { address: { planet: null, city: 'Sitka' } });
    expectProblem(answer, 'validation-failed');
    expect(named(answer)).toEqual(['/address/planet']);
  });
});
