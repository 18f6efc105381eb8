import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { importFiles } from '../support/commands.js';
import { CompiledCli } from '../support/compiled-cli.js';
import { Directory } from '../support/directory.js';
import { everyRow } from '../support/every-row.js';
import { startService, type TestService } from '../support/service.js';
import { TemporaryFolder } from '../support/temporary-folder.js';

const HEADER = 'organization,code,name,street,city,state,zip,county,npi,latitude,longitude';

let service: TestService;
let folder: TemporaryFolder;
let group = 0;
let id: string;

beforeAll(async () => {
  service = await startService();
  folder = new TemporaryFolder();
});
afterAll(async () => {
  folder.remove();
  await service.stop();
});
/** Each test has an organization of its own, known to its rows as `id`. */
beforeEach(async () => {
  group += 1;
  id = `00${group}A`;
  await new Directory(service.api).organization({ slug: `health-center-${id.toLowerCase()}` });
});

const importClinics = (...rows: readonly string[]) =>
  importFiles(service.db.databaseName, { clinics: folder.csv('clinics.csv', HEADER, ...rows) });

/** The codes of the organization's clinics. */
async function codes(): Promise<unknown[]> {
  const { body } = await service.api.page('/organizations', { slug: `health-center-${id.toLowerCase()}` });
  const rows = await everyRow(service.api, '/clinics', { organizationId: String(body.data[0]?.['id']) });
  return rows.map(({ code }) => code).sort();
}

it('bad rows are reported with their line and column, and the good ones are made', async () => {
  const { clinics, reported } = await importClinics(
    `${id},A,Good,,,,,,,,`,
    `no-such,B,Of nobody,,,,,,,,`,
    `${id},C,,1 Main St,,,,,,,`,
    `${id},D,Bad NPI,,,,,,12345,,`,
    `${id},A,Again,,,,,,,,`,
    `${id},E,Too short`,
    '',
    `${id},F,North of the pole,,,,,,,91,not a number`,
    `${id},G,"Opens a quote,,,,,,,,`,
    `${id},H,Good as well,,,,,,,,`,
  );
  expect(reported).toEqual([
    'clinics.csv:3: organization: there is no organization health-center-no-such',
    'clinics.csv:4: name: is required',
    'clinics.csv:5: npi: must have 10 digits',
    'clinics.csv:6: is the same clinic as line 2',
    'clinics.csv:7: has 3 columns instead of 11',
    'clinics.csv:9: latitude: must be at most 90',
    'clinics.csv:9: longitude: must be of type number',
    'clinics.csv:10: opens a quote that does not close on the line',
  ]);
  expect(clinics).toEqual({ made: 2, alreadyThere: 0, bad: 7 });
  expect(await codes()).toEqual(['A', 'H']);
});

it('every mistake of a row is told at once', async () => {
  const { reported } = await importClinics(`no-such,,,,,,,,12,,`);
  expect(reported).toEqual([
    'clinics.csv:2: organization: there is no organization health-center-no-such',
    'clinics.csv:2: name: is required',
    'clinics.csv:2: code: is required',
    'clinics.csv:2: npi: must have 10 digits',
  ]);
});

it.each([
  ['quotes', '"The ""Happy"" Tooth"', 'The "Happy" Tooth'],
  ['commas', '"Smith, Lee, and Sons"', 'Smith, Lee, and Sons'],
  ['ampersands', 'Hwy 86 & Topawa Rd', 'Hwy 86 & Topawa Rd'],
  ['accents', 'Peña Łukasz Ōhana', 'Peña Łukasz Ōhana'],
  ['another script', '歯科クリニック', '歯科クリニック'],
  ['what a spreadsheet takes for a formula', '=1+1', '=1+1'],
  ['a dollar sign and a dot', '$where.name', '$where.name'],
])('a name with %s arrives unharmed', async (_, written, name) => {
  await importClinics(`${id},A,${written},,,,,,,,`);
  const { body } = await service.api.page('/clinics', { limit: 1 });
  expect(body.data[0]?.['name']).toBe(name);
});

it('a byte-order mark, blank lines and columns in another order do no harm', async () => {
  const clinics = folder.file('clinics.csv', `\uFEFFname,code,organization\n\nFirst,A,${id}\n\n\nSecond,B,${id}`);
  expect(await importFiles(service.db.databaseName, { clinics })).toMatchObject({ clinics: { made: 2, bad: 0 } });
  expect(await codes()).toEqual(['A', 'B']);
});

it('a line that is not UTF-8 is reported instead of imported with a spoiled name', async () => {
  const clinics = folder.file('clinics.csv', Buffer.from(`organization,code,name\n${id},A,Pe\xF1a\n`, 'latin1'));
  const { reported } = await importFiles(service.db.databaseName, { clinics });
  expect([reported, await codes()]).toEqual([['clinics.csv:2: is not valid UTF-8'], []]);
});

it('a clinic of an archived organization is reported', async () => {
  const archived = `gone-${group}`;
  const organization = await new Directory(service.api).organization({ slug: `health-center-${archived}` });
  await service.api.delete(`/organizations/${organization.id}`);
  const { reported } = await importClinics(`${archived},A,Too late,,,,,,,,`, `${id},B,In time,,,,,,,,`);
  expect(reported).toEqual(['clinics.csv:2: organization: does not name a live organization']);
  expect(await codes()).toEqual(['B']);
});

it('a clinic that somebody made and changed since stays as it is', async () => {
  await importClinics(`${id},A,As imported,,,,,,,,`);
  const clinic = (await service.api.page('/clinics', { sort: '-createdAt', limit: 1 })).body.data[0];
  await service.api.patch(`/clinics/${clinic?.['id']}`, { name: 'As corrected' });
  const { clinics } = await importClinics(`${id},A,As imported,,,,,,,,`);
  expect(clinics).toEqual({ made: 0, alreadyThere: 1, bad: 0 });
  expect((await service.api.get(`/clinics/${clinic?.['id']}`)).body['name']).toBe('As corrected');
});

it('two organizations may have clinics with the same code', async () => {
  const other = `other-${group}`;
  await new Directory(service.api).organization({ slug: `health-center-${other}` });
  const { clinics } = await importClinics(`${id},A,Here,,,,,,,,`, `${other},A,There,,,,,,,,`);
  expect(clinics).toEqual({ made: 2, alreadyThere: 0, bad: 0 });
});

it('organizations without a name, an id or a usable id are reported', async () => {
  const organizations = folder.csv(
    'organizations.csv',
    'id,name,state,type',
    '77,,AK,fqhc',
    ',Nameless,AK,',
    '7_8,Odd,,',
    '79,Good,ME,',
  );
  const { organizations: counts, reported } = await importFiles(service.db.databaseName, { organizations });
  expect(reported).toEqual([
    'organizations.csv:2: name: is required',
    'organizations.csv:3: id: is required',
    'organizations.csv:4: id: must be lower-case letters and digits, joined by single hyphens',
  ]);
  expect(counts).toEqual({ made: 1, alreadyThere: 0, bad: 3 });
});

it.each([
  ['lacks a column', 'organization,name', 'has no column code'],
  ['has an unknown column', 'organization,code,name,fax', 'has an unknown column "fax"'],
  ['has a column twice', 'organization,code,name,code', 'has the column code twice'],
  ['is empty', '', 'is empty'],
])('a file that %s is refused as a whole', async (_, header, message) => {
  const clinics = folder.csv('clinics.csv', header, `${id},A,Clinic`);
  const text = header === '' ? folder.file('clinics.csv', '') : clinics;
  await expect(importFiles(service.db.databaseName, { clinics: text })).rejects.toThrow(`clinics.csv: ${message}`);
  expect(await codes()).toEqual([]);
});

it('the command ends with 1 when a row was bad', async () => {
  const cli = new CompiledCli();
  try {
    const clinics = folder.csv('clinics.csv', HEADER, `${id},A,Good,,,,,,,,`, `${id},B,,,,,,,,,`);
    const { code, stdout, stderr } = await cli.run('import', service.db.databaseName, '--clinics', clinics);
    expect(code).toBe(1);
    expect(stdout).toContain('clinics: 1 made, 0 already there, 1 bad');
    expect(stderr).toContain('clinics.csv:3: name: is required');
  } finally {
    cli.remove();
  }
});
