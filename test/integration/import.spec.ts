import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { importFiles } from '../support/commands.js';
import { CompiledCli } from '../support/compiled-cli.js';
import { everyRow } from '../support/every-row.js';
import { startService, type TestService } from '../support/service.js';

type Row = Readonly<Record<string, string>>;

const shared = resolve('../shared/data');
const folder = existsSync(`${shared}/clinics.csv`) ? shared : resolve('test/integration/fixtures');
const files = { organizations: `${folder}/organizations.csv`, clinics: `${folder}/clinics.csv` };
const read = (file: string): Row[] => parse(readFileSync(file, 'utf8'), { columns: true });
const organizationRows = read(files.organizations);
const clinicRows = read(files.clinics);

let service: TestService;
const database = () => service.db.databaseName;

describe('the real lists', () => {
  beforeAll(async () => {
    service = await startService();
    first = await importFiles(database(), files);
  });
  afterAll(() => service.stop());
  let first: Awaited<ReturnType<typeof importFiles>>;

  it('are imported whole', () => {
    expect(first).toEqual({
      organizations: { made: organizationRows.length, alreadyThere: 0, bad: 0 },
      clinics: { made: clinicRows.length, alreadyThere: 0, bad: 0 },
      reported: [],
    });
  });

  it('can be paged to the end with every clinic once, just as its row says', async () => {
    const slugs = new Map((await everyRow(service.api, '/organizations')).map(({ id, slug }) => [id, slug]));
    const answered = (await everyRow(service.api, '/clinics')).map((clinic) => ({
      organization: slugs.get(clinic['organizationId']),
      code: clinic['code'],
      name: clinic['name'],
      status: clinic['status'],
      npi: clinic['npi'],
      address: clinic['address'],
    }));
    const expected = clinicRows.map((row) => ({
      organization: `health-center-${row['organization']?.toLowerCase()}`,
      code: row['code'],
      name: row['name'],
      status: 'active',
      npi: row['npi'],
      address: {
        street: row['street'],
        city: row['city'],
        ...(row['county'] && { county: row['county'] }),
        state: row['state'],
        postalCode: row['zip'],
        country: 'US',
        latitude: Number(row['latitude']),
        longitude: Number(row['longitude']),
      },
    }));
    expect(byCode(answered)).toEqual(byCode(expected));
  });

  it('give each organization its name, its state and the free tier', async () => {
    const answered = await everyRow(service.api, '/organizations');
    const names = answered.map((it) => [it['slug'], it['name'], it['address'], it['subscriptionTier']]);
    const expected = organizationRows.map((row) => [
      `health-center-${row['id']?.toLowerCase()}`,
      row['name'],
      { state: row['state'], country: 'US' },
      'free',
    ]);
    expect(names.sort()).toEqual(expected.sort());
  });

  it('are found by a search, as if they had been made one by one', async () => {
    const row = clinicRows[0];
    const slug = `health-center-${row?.['organization']?.toLowerCase()}`;
    const [organization] = (await service.api.page('/organizations', { slug })).body.data;
    const organizationId = String(organization?.['id']);
    const { body } = await service.api.page('/clinics', { organizationId, search: row?.['code']?.toLowerCase() });
    expect(body.data.map(({ code }) => code)).toEqual([row?.['code']]);
  });

  it('leave an empty value out of the record altogether', async () => {
    const nulls = await service.db.collection('clinics').countDocuments({
      $or: ['address.county', 'npi', 'phone', 'email'].map((field) => ({ [field]: { $type: 'null' } })),
    });
    expect(nulls).toBe(0);
  });

  it('add nothing and change nothing when they are imported again', async () => {
    const before = await service.db.collection('clinics').find().sort({ _id: 1 }).toArray();
    expect(await importFiles(database(), files)).toEqual({
      organizations: { made: 0, alreadyThere: organizationRows.length, bad: 0 },
      clinics: { made: 0, alreadyThere: clinicRows.length, bad: 0 },
      reported: [],
    });
    expect(await service.db.collection('clinics').find().sort({ _id: 1 }).toArray()).toEqual(before);
  });
});

describe('an import that is not alone', () => {
  let cli: CompiledCli;
  beforeAll(() => {
    cli = new CompiledCli();
  });
  afterAll(() => cli.remove());

  it('is completed by the next one when it was killed in the middle', async () => {
    service = await startService();
    try {
      const clinics = service.db.collection('clinics');
      const options = ['--organizations', files.organizations, '--clinics', files.clinics, '--batch-size', '2'];
      const { child, finished } = cli.start('import', database(), options);
      while ((await clinics.countDocuments()) === 0 && child.exitCode === null);
      child.kill('SIGKILL');
      expect((await finished).signal).toBe('SIGKILL');
      const made = await clinics.countDocuments();
      expect(made).toBeLessThan(clinicRows.length);

      const { clinics: counts } = await importFiles(database(), files);
      expect(counts).toEqual({ made: clinicRows.length - made, alreadyThere: made, bad: 0 });
      expect(await clinics.countDocuments()).toBe(clinicRows.length);
    } finally {
      await service.stop();
    }
  });

  it('makes everything once while another one imports the same lists', async () => {
    service = await startService();
    try {
      const both = await Promise.all([
        importFiles(database(), { ...files, batchSize: 50 }),
        importFiles(database(), { ...files, batchSize: 70 }),
      ]);
      const made = (of: 'organizations' | 'clinics') => both.reduce((sum, it) => sum + (it[of]?.made ?? 0), 0);
      expect([made('organizations'), made('clinics')]).toEqual([organizationRows.length, clinicRows.length]);
      expect(both.flatMap(({ reported }) => reported)).toEqual([]);
      expect(await service.db.collection('clinics').countDocuments()).toBe(clinicRows.length);
    } finally {
      await service.stop();
    }
  });

  it('ends with 0 and its counts when all is well, and shows how far it is on the way', async () => {
    service = await startService();
    try {
      const { code, stdout, stderr } = await cli.run('import', database(), '--organizations', files.organizations);
      expect([code, stdout]).toEqual([
        0,
        expect.stringMatching(
          `^organizations: ${organizationRows.length} made, 0 already there, 0 bad\nin [0-9.]+ s\n$`,
        ),
      ]);
      expect(stderr).toContain(`organizations: done, ${organizationRows.length} made`);
    } finally {
      await service.stop();
    }
  });

  it.each([
    ['an unknown option', ['--clinic', files.clinics], "Unknown option '--clinic'"],
    ['no file', [], 'Give --organizations, --clinics or both.'],
    ['a file that is not there', ['--clinics', '/no/such.csv'], 'There is no file /no/such.csv.'],
    ['an impossible batch', ['--clinics', files.clinics, '--batch-size', '0'], '--batch-size must be a whole number'],
  ])('refuses %s before it does anything', async (_, args, message) => {
    const { code, stderr } = await cli.run('import', 'untouched', ...args);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  });

  it('explains itself', async () => {
    const { code, stdout } = await cli.run('import', 'untouched', '--help');
    expect([code, stdout]).toEqual([0, expect.stringContaining('--organizations FILE')]);
  });
});

const byCode = <T extends { readonly code: unknown }>(rows: readonly T[]): readonly T[] =>
  [...rows].sort((a, b) => String(a.code).localeCompare(String(b.code)));
