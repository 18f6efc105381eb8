import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Directory } from '../support/directory.js';
import { startService, type TestService } from '../support/service.js';
import { expectProblem } from './problem-shape.js';

let service: TestService;
let directory: Directory;
let organizationId: string;
beforeAll(async () => {
  service = await startService();
  directory = new Directory(service.api);
  organizationId = (await directory.organization({ name: 'Łódź Smile', slug: 'lodz-smile' })).id;
  for (const [name, code] of [
    ['Zoë-Ann Dental Care', 'AK-000170'],
    ['Dental Care of Zürich', 'CH-1'],
    ['ΌΔΟΣ Clinic', 'GR-7'],
    ['東京歯科', 'JP-9'],
    ['A+ Smiles (North) [24/7] $5.00', 'X.Y*Z'],
  ]) {
    await directory.clinic(organizationId, { name, code });
  }
  const elsewhere = await directory.organization();
  await directory.clinic(elsewhere.id, { name: 'Zoë-Ann Dental Care', code: 'AK-000170' });
  await directory.provider(organizationId, { firstName: 'Zoë', lastName: 'Nguyen-Smith', licenseNumber: 'LIC 77' });
});
afterAll(() => service.stop());

const found = async (search: string) => {
  const { status, body } = await service.api.page('/clinics', { organizationId, search, sort: 'id' });
  expect([search, status]).toEqual([search, 200]);
  return body.data.map(({ code }) => code);
};

describe('clinics are found by their name and code', () => {
  it.each([
    ['the beginning of the first word', 'Zo', ['AK-000170']],
    ['the beginning of any word', 'Car', ['AK-000170', 'CH-1']],
    ['a whole word', 'dental', ['AK-000170', 'CH-1']],
    ['several words, as a phrase', 'dental care', ['AK-000170', 'CH-1']],
    ['a phrase that ends within a word', 'Dental Care o', ['CH-1']],
    ['a phrase whatever joins its words', 'ann--dental,care', ['AK-000170']],
    ['the code', 'ak-0001', ['AK-000170']],
    ['the middle of the code after its hyphen', '000170', ['AK-000170']],
    ['another case', 'DENTAL CARE OF zÜRICH', ['CH-1']],
    ['without accents', 'zurich', ['CH-1']],
    ['accents where there are none', 'Dëntál Cáre ôf', ['CH-1']],
    ['decomposed accents', 'Zoe\u0308', ['AK-000170']],
    ['full width letters', 'Ｚｏｅ　Ａｎｎ', ['AK-000170']],
    ['Greek with its final sigma', 'οδος', ['GR-7']],
    ['Chinese characters', '東京', ['JP-9']],
    ['more characters than count', `Dental Care of Zürich${' '.repeat(20)}`, ['CH-1']],
  ])('%s', async (_, search, expected) => {
    expect(await found(search)).toEqual(expected);
  });

  it.each([
    ['the middle of a word', 'ental'],
    ['words in another order', 'care dental'],
    ['words that do not follow each other', 'zoe dental'],
    ['a word that nobody has', 'orthodontics'],
  ])('not by %s', async (_, search) => {
    expect(await found(search)).toEqual([]);
  });

  it.each([
    ['A+ Sm', ['X.Y*Z']],
    ['(North)', ['X.Y*Z']],
    ['[24/7]', ['X.Y*Z']],
    ['x.y*', ['X.Y*Z']],
    ['.*q', []],
    ['^dental', ['AK-000170', 'CH-1']],
    ['d.ntal', []],
    ['dental|zurich', []],
    ['(q+)+$', []],
    ['{"$gt":1}', []],
    ['\\w', []],
  ])('characters that mean something in other places mean nothing: %s', async (search, expected) => {
    const answers = await found(search);
    expect(answers).toEqual(expected);
  });

  it('a search that holds nothing to search for is refused', async () => {
    for (const search of ['', ' ', '.*', '$', '🦷', '(?:)', '\u0301']) {
      expectProblem(await service.api.get('/clinics', { organizationId, search }), 'validation-failed');
    }
    expectProblem(await service.api.get('/clinics', { organizationId, search: 'x'.repeat(201) }), 'validation-failed');
  });

  it('clinics are searched within one organization, whoever asks', async () => {
    expectProblem(await service.api.get('/clinics', { search: 'zoe ann' }), 'query-not-served');
  });
});

it('a renamed clinic is found by its new name, no longer by the old one', async () => {
  const clinic = await directory.clinic(organizationId, { name: 'Old Harbor', code: 'R-1' });
  await service.api.patch(`/clinics/${clinic.id}`, { name: 'New Bridge' });
  expect(await found('new bridge')).toEqual(['R-1']);
  expect(await found('old harbor')).toEqual([]);
  expect(await found('R-1')).toEqual(['R-1']);
});

it.each(['zoe nguyen', 'nguyen smith zoe', 'smith', 'LIC 77', '77'])('a provider is found by %s', async (search) => {
  const { body } = await service.api.page('/providers', { organizationId, search });
  expect(body.data.map(({ lastName }) => lastName)).toEqual(['Nguyen-Smith']);
});

it.each(['łódź', 'smile', 'lodz-smile'])('an organization is found by %s', async (search) => {
  const { status, body } = await service.api.page('/organizations', { search });
  expect([status, body.data.map(({ slug }) => slug)]).toEqual([200, ['lodz-smile']]);
});

it('assignments have no search', async () => {
  expectProblem(await service.api.get('/assignments', { search: 'dentist' }), 'validation-failed');
});
