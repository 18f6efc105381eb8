import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BSON, type Document, ObjectId } from 'mongodb';
import { runSeed, type SeedOptions } from '../../src/cli/run-seed.js';
import { makeDemoData } from '../../src/cli/seed-data/demo.js';
import { assignmentsResource } from '../../src/modules/assignments/assignments.resource.js';
import { clinicsResource } from '../../src/modules/clinics/clinics.resource.js';
import { organizationsResource } from '../../src/modules/organizations/organizations.resource.js';
import { providersResource } from '../../src/modules/providers/providers.resource.js';
import { commandConfiguration, silentProgress } from '../support/commands.js';
import { CompiledCli } from '../support/compiled-cli.js';
import { Directory } from '../support/directory.js';
import { everyRow } from '../support/every-row.js';
import { type ScratchDatabase, scratchDatabase } from '../support/scratch-database.js';
import { startService, type TestService } from '../support/service.js';

const COLLECTIONS = ['organizations', 'clinics', 'providers', 'provider_clinic_assignments'];

const seed = (database: ScratchDatabase, options: SeedOptions) =>
  runSeed(database.connection, options, silentProgress().progress);

/** Everything in the database, as text that compares ids and dates exactly. */
async function contents(database: ScratchDatabase): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  for (const name of COLLECTIONS) found[name] = (await documents(database, name)).map((it) => BSON.EJSON.stringify(it));
  return found;
}

const documents = (database: ScratchDatabase, name: string): Promise<Document[]> =>
  database.connection.collection(name).find().sort({ _id: 1 }).toArray();

const size = (found: Record<string, string[]>): number => Object.values(found).flat().length;

describe('a seeded data set', () => {
  const options = { seed: 7, clinics: 700 };
  let database: ScratchDatabase;
  let first: Record<string, string[]>;
  beforeAll(async () => {
    database = await scratchDatabase();
    await seed(database, options);
    first = await contents(database);
  });
  afterAll(() => database.drop());

  it('has the clinics asked for, and the rest in proportion', async () => {
    const [organizations, clinics, providers, assignments] = COLLECTIONS.map((name) => first[name]?.length ?? 0);
    expect([organizations, clinics, providers]).toEqual([7, 700, 350]);
    expect(assignments).toBeGreaterThan(350 * 1.35);
    expect(assignments).toBeLessThan(350 * 1.65);
  });

  it('is the same to the last id and date for the same seed', async () => {
    const other = await scratchDatabase();
    try {
      await seed(other, options);
      expect(await contents(other)).toEqual(first);
    } finally {
      await other.drop();
    }
  });

  it('is another one for another seed, and both fit in one database', async () => {
    const other = await scratchDatabase();
    try {
      await seed(other, { ...options, seed: 8 });
      const theirs = await contents(other);
      const ours = new Set(Object.values(first).flat());
      expect(
        Object.values(theirs)
          .flat()
          .filter((it) => ours.has(it)),
      ).toEqual([]);
      expect((await seed(other, options)).made).toBe(size(first));
    } finally {
      await other.drop();
    }
  });

  it('is not touched by the same seed again', async () => {
    expect(await seed(database, options)).toEqual({ made: 0, alreadyThere: size(first) });
    expect(await contents(database)).toEqual(first);
  });

  it('is completed when it was interrupted', async () => {
    const lost = await database.connection.collection('clinics').find().skip(300).limit(200).toArray();
    await database.connection.collection('clinics').deleteMany({ _id: { $in: lost.map(({ _id }) => _id) } });
    await database.connection.collection('provider_clinic_assignments').deleteMany({});
    await seed(database, options);
    expect(await contents(database)).toEqual(first);
  });

  it('is part of a larger one of the same seed', async () => {
    const larger = await scratchDatabase();
    try {
      await seed(larger, { ...options, clinics: 1000 });
      const theirs = new Set(Object.values(await contents(larger)).flat());
      expect(
        Object.values(first)
          .flat()
          .filter((it) => !theirs.has(it)),
      ).toEqual([]);
    } finally {
      await larger.drop();
    }
  });

  it.each([
    ['organizations', organizationsResource],
    ['clinics', clinicsResource],
    ['providers', providersResource],
    ['provider_clinic_assignments', assignmentsResource],
  ])('has only %s that the API would have taken', async (name, { body, record }) => {
    for (const { _id, ...fields } of await documents(database, name)) {
      const json = { id: _id, ...JSON.parse(JSON.stringify(fields)) };
      expect(record.safeParse(JSON.parse(JSON.stringify(json))).error).toBeUndefined();
      const given = Object.fromEntries(Object.entries(json).filter(([field]) => field in body.shape));
      if (given['status'] === 'archived') delete given['status'];
      expect(body.safeParse(given).error).toBeUndefined();
    }
  });

  it('has assignments of one organization, each active one between a live clinic and a live provider', async () => {
    const byId = async (name: string) =>
      new Map((await documents(database, name)).map((it) => [String(it['_id']), it]));
    const [clinics, providers] = await Promise.all([byId('clinics'), byId('providers')]);
    for (const assignment of await documents(database, 'provider_clinic_assignments')) {
      const clinic = clinics.get(String(assignment['clinicId']));
      const provider = providers.get(String(assignment['providerId']));
      const organizations = [clinic?.['organizationId'], provider?.['organizationId']].map(String);
      expect(organizations).toEqual(Array(2).fill(String(assignment['organizationId'])));
      if (!assignment['isActive']) expect(assignment['endedAt']).toBeInstanceOf(Date);
      else expect([clinic?.['status'], provider?.['status']]).not.toContain('archived');
    }
  });

  it('has names with accents, names that repeat, archived records and ended assignments', async () => {
    const providers = await documents(database, 'providers');
    const names = providers.map(({ firstName, lastName }) => `${firstName} ${lastName}`);
    expect(names.some((name) => /\p{M}/u.test(name.normalize('NFD')))).toBe(true);
    expect(new Set(names).size).toBeLessThan(names.length);
    expect(new Set(providers.map(({ status }) => status))).toEqual(new Set(['active', 'inactive', 'archived']));
    const assignments = await documents(database, 'provider_clinic_assignments');
    expect(new Set(assignments.map(({ isActive }) => isActive))).toEqual(new Set([true, false]));
  });

  it('has organizations of very different sizes', async () => {
    const clinics = await documents(database, 'clinics');
    const sizes = Map.groupBy(clinics, ({ organizationId }) => String(organizationId));
    const counts = [...sizes.values()].map(({ length }) => length).sort((a, b) => a - b);
    expect(counts).toHaveLength(7);
    expect(counts.at(-1)).toBeGreaterThan(4 * (counts[0] ?? 0));
  });
});

describe('a seeded record', () => {
  let service: TestService;
  let database: ScratchDatabase;
  beforeAll(async () => {
    service = await startService();
    database = await scratchDatabase(service.db.databaseName);
    await seed(database, { seed: 3, clinics: 150 });
  });
  afterAll(async () => {
    await database.connection.close();
    await service.stop();
  });

  it.each([
    ['clinics', ['name', 'code']],
    ['providers', ['firstName', 'lastName', 'licenseNumber']],
  ])('of the %s is found by the searches that would find one made through the API', async (path, fields) => {
    const rows = await service.db.collection(path).find({ status: 'active' }).toArray();
    const row = rows.find((it) => fields.every((field) => it[field] !== undefined));
    const elsewhere = await new Directory(service.api).organization();
    const same = Object.fromEntries(fields.map((field) => [field, row?.[field]]));
    const twin = await service.api.post(`/${path}`, { organizationId: elsewhere.id, ...same });
    const stored = await service.db.collection(path).findOne({ _id: new ObjectId(String(twin.body['id'])) });
    expect(row?.['searchTerms']).toEqual(stored?.['searchTerms']);
  });

  it('can be changed, archived and restored like any other', async () => {
    const clinic = (await service.api.page('/clinics', { status: 'active' })).body.data[0];
    const path = `/clinics/${clinic?.['id']}`;
    expect((await service.api.delete(path, { cascade: true })).status).toBe(204);
    expect((await service.api.patch(path, { status: 'active' })).body).toMatchObject({
      status: 'active',
      name: clinic?.['name'],
    });
  });
});

describe('the seed command', () => {
  it('reports what it made and at which rate', async () => {
    const database = await scratchDatabase();
    const cli = new CompiledCli();
    try {
      const { code, stdout } = await cli.run('seed', database.name, '--clinics', '200', '--providers', '10');
      expect(code).toBe(0);
      expect(stdout).toMatch(/^2\d\d documents made, 0 were already there, in [\d.]+ s\n[\d,]+ documents a second\n$/);
      expect(await database.connection.collection('providers').countDocuments()).toBe(10);
      const wrong = await cli.run('seed', database.name, '--clinics', 'many');
      expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('--clinics must be a whole number')]);
    } finally {
      cli.remove();
      await database.drop();
    }
  });
});

describe('the demo data', () => {
  it('give an empty database something to show', async () => {
    const service = await startService();
    try {
      const made = await makeDemoData(commandConfiguration(service.db.databaseName));
      const lists = await Promise.all(
        ['/organizations', '/clinics', '/providers', '/assignments'].map((path) => everyRow(service.api, path)),
      );
      expect(lists.map(({ length }) => length)).toEqual([3, 12, 18, expect.any(Number)]);
      expect(lists[3]?.length).toBeGreaterThan(22);
      expect(made).toBe(lists.flat().length);
      expect(await makeDemoData(commandConfiguration(service.db.databaseName))).toBe(0);
    } finally {
      await service.stop();
    }
  });

  it('never touch a database that has an organization', async () => {
    const service = await startService();
    try {
      await new Directory(service.api).organization();
      expect(await makeDemoData(commandConfiguration(service.db.databaseName))).toBe(0);
      expect(await everyRow(service.api, '/clinics')).toEqual([]);
    } finally {
      await service.stop();
    }
  });
});
