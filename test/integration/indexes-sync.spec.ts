import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { syncIndexes } from '../../src/cli/sync-indexes.js';
import { IndexVerifier } from '../../src/common/database/index-verifier.js';
import { declaredIndexes } from '../../src/schemas/index.js';
import { commandConfiguration } from '../support/commands.js';
import { CompiledCli } from '../support/compiled-cli.js';
import { type ScratchDatabase, scratchDatabase } from '../support/scratch-database.js';

const declared = declaredIndexes.flatMap(({ collection, indexes }) =>
  indexes.map(({ name }) => `${collection}.${name}`),
);

let database: ScratchDatabase;
beforeEach(async () => {
  database = await scratchDatabase();
});
afterEach(() => database.drop());

async function sync(dryRun = false): Promise<{ readonly asDeclared: boolean; readonly lines: readonly string[] }> {
  const lines: string[] = [];
  return { asDeclared: await syncIndexes(database.connection, { dryRun, log: (line) => lines.push(line) }), lines };
}

/** What the service does with the indexes when it starts in production. */
const startInProduction = () =>
  new IndexVerifier(database.connection, declaredIndexes, {
    ...commandConfiguration(database.name),
    production: true,
  }).onModuleInit();

it('an empty database gets every index, with a line for each, and then the service starts in production', async () => {
  await expect(startInProduction()).rejects.toThrow('npm run indexes:sync');
  const { asDeclared, lines } = await sync();
  expect(asDeclared).toBe(true);
  expect(lines).toEqual([
    ...declared.map((name) => `making ${name} (was missing)`),
    `All ${declared.length} indexes are as declared.`,
  ]);
  await startInProduction();
});

it('a dry run tells what is missing and makes nothing', async () => {
  const { asDeclared, lines } = await sync(true);
  expect([asDeclared, lines]).toEqual([false, declared.map((name) => `not as declared: ${name} (was missing)`)]);
  expect(await sync(true)).toEqual({ asDeclared, lines });
});

it('an index that differs is made anew, and only that one', async () => {
  await sync();
  const clinics = database.connection.collection('clinics');
  await clinics.dropIndex('organizationId_1_code_1');
  await clinics.createIndex({ organizationId: 1, code: 1 }, { name: 'organizationId_1_code_1' });
  expect((await sync(true)).asDeclared).toBe(false);
  const { asDeclared, lines } = await sync();
  expect([asDeclared, lines[0], lines.length]).toEqual([
    true,
    'making clinics.organizationId_1_code_1 (was different)',
    2,
  ]);
  await clinics.insertOne({ organizationId: 1, code: 'A' });
  await expect(clinics.insertOne({ organizationId: 1, code: 'A' })).rejects.toMatchObject({ code: 11_000 });
});

it('an index that nobody declared stays', async () => {
  await sync();
  await database.connection.collection('clinics').createIndex({ npi: 1 });
  expect((await sync()).asDeclared).toBe(true);
  expect(await database.connection.collection('clinics').indexExists('npi_1')).toBe(true);
});

it('the command ends with 1 on a difference, with 0 once there is none, and needs no Redis', async () => {
  const cli = new CompiledCli();
  try {
    const dry = await cli.run('indexes-sync', database.name, '--dry-run');
    expect([dry.code, dry.stdout]).toEqual([1, expect.stringContaining('organizations.slug_1 (was missing)')]);
    const production = { NODE_ENV: 'production', REDIS_URL: undefined };
    const real = await cli.start('indexes-sync', database.name, [], production).finished;
    expect([real.code, real.stderr]).toEqual([0, '']);
    expect((await cli.run('indexes-sync', database.name, '--dry-run')).code).toBe(0);
  } finally {
    cli.remove();
  }
});

it('the command in production asks for MONGODB_URI and never starts a server of its own', async () => {
  const cli = new CompiledCli();
  try {
    const production = { NODE_ENV: 'production', MONGODB_URI: undefined };
    const { code, stderr } = await cli.start('indexes-sync', database.name, [], production).finished;
    expect([code, stderr]).toEqual([1, expect.stringContaining('MONGODB_URI is required')]);
    expect(stderr).not.toContain('answers at');
  } finally {
    cli.remove();
  }
});
