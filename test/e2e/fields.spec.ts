import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiClient } from '../support/api-client.js';
import { type ApiRecord, Directory } from '../support/directory.js';
import { startService, type TestService } from '../support/service.js';
import { expectProblem, named } from './problem-shape.js';
import { make, resourceCases } from './resource-cases.js';

let service: TestService;
let api: ApiClient;
let directory: Directory;
let clinic: ApiRecord;
beforeAll(async () => {
  service = await startService();
  api = service.api;
  directory = new Directory(api);
  clinic = await directory.clinic((await directory.organization()).id, {
    name: 'Port Lions',
    address: { street: '500 Molina', city: 'Port Lions', state: 'AK' },
    openingHours: { monday: [{ from: '08:00', to: '17:00' }], friday: [] },
  });
});
afterAll(() => service.stop());

const selected = async (fields: string) => {
  const { status, body } = await api.get(`/clinics/${clinic.id}`, { fields });
  expect([fields, status]).toEqual([fields, 200]);
  return body;
};

describe.each(resourceCases)('$name', (resource) => {
  const { path, textField, optional } = resource;

  it.each([
    'nonsense',
    '_id',
    'searchTerms',
    'holds',
    'id.nonsense',
    'version.x',
    '$version',
    '-version',
    'version ',
    '',
    ',',
    'version,',
    'Version',
  ])('refuses fields=%j, in the list and for one record', async (fields) => {
    const { id } = await make(resource, api, directory);
    for (const url of [path, `${path}/${id}`]) {
      const answer = await api.get(url, { fields });
      expectProblem(answer, 'validation-failed');
      expect(named(answer)).toEqual(Array(named(answer).length).fill('fields'));
    }
  });

  it('any field can be asked for, alone or with all the others', async () => {
    const record = await make(resource, api, directory, optional);
    for (const field of Object.keys(record)) {
      const { body } = await api.get(`${path}/${record.id}`, { fields: field });
      expect(body).toEqual({ id: record.id, [field]: record[field] });
    }
    const all = await api.get(`${path}/${record.id}`, { fields: Object.keys(record).join(',') });
    expect(all.body).toEqual(record);
  });

  it('a field that the record lacks is left out', async () => {
    const { id } = await make(resource, api, directory);
    const { body } = await api.get(`${path}/${id}`, { fields: Object.keys(optional).join(',') });
    expect(body).toEqual({ id });
  });

  it('rows of the list have the fields that were asked for', async () => {
    await make(resource, api, directory);
    const { body } = await api.page(path, { fields: textField });
    expect(body.data.length).toBeGreaterThan(0);
    for (const row of body.data) expect(Object.keys(row)).toEqual(['id', textField]);
  });
});

describe('nested fields', () => {
  it('a part of an object comes in its object', async () => {
    expect(await selected('address.city')).toEqual({ id: clinic.id, address: { city: 'Port Lions' } });
    expect(await selected('address.city,address.state,name')).toEqual({
      id: clinic.id,
      name: 'Port Lions',
      address: { city: 'Port Lions', state: 'AK' },
    });
    expect(await selected('openingHours.monday')).toEqual({
      id: clinic.id,
      openingHours: { monday: [{ from: '08:00', to: '17:00' }] },
    });
  });

  it('the whole object wins over its parts', async () => {
    expect(await selected('address.city,address')).toEqual({ id: clinic.id, address: clinic['address'] });
    expect(await selected('address,address.city')).toEqual({ id: clinic.id, address: clinic['address'] });
  });

  it('a part that the record lacks leaves no empty object behind', async () => {
    const bare = await directory.clinic((await directory.organization()).id);
    const { body } = await api.get(`/clinics/${bare.id}`, { fields: 'address.city' });
    expect(body).toEqual({ id: bare.id });
  });

  it('the order of the answer is that of the contract, whatever was asked', async () => {
    const keys = Object.keys(await selected('version,address.state,name,address.city,code'));
    expect(keys).toEqual(['id', 'name', 'code', 'address', 'version']);
    expect(keys).toEqual(Object.keys(await selected('code,name,version,address.city,address.state')));
  });

  it('repeated fields are one', async () => {
    expect(await selected('name,name,id')).toEqual({ id: clinic.id, name: 'Port Lions' });
  });
});

it('a 2,000 character list of fields is taken, a longer one is not', async () => {
  const fields = (length: number) => 'name,'.repeat(length / 5 - 1).concat('names'.slice(0, 4));
  expect((await api.get(`/clinics/${clinic.id}`, { fields: fields(2000) })).status).toBe(200);
  expectProblem(await api.get(`/clinics/${clinic.id}`, { fields: `${fields(2000)},name` }), 'validation-failed');
});
