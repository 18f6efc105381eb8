import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Connection, createConnection } from 'mongoose';
import { type IndexSpec, index } from '../resource/index-spec.js';
import { compareIndexes, createIndexes, type DeclaredIndexes } from './index-check.js';

let connection: Connection;
beforeAll(async () => {
  const dbName = `test_${randomBytes(6).toString('hex')}`;
  // biome-ignore lint/style/noProcessEnv: where the run's MongoDB is, which only its tests know
  connection = await createConnection(process.env['TEST_MONGODB_URI'] ?? '', { dbName }).asPromise();
});
afterEach(() => connection.dropDatabase());
afterAll(() => connection.close());

const byName = index({ name: 1, _id: 1 });
const byCode = index({ code: 1 }, { unique: true, where: { code: { $exists: true } } });
const declare = (...indexes: readonly IndexSpec[]): DeclaredIndexes[] => [{ collection: 'clinics', indexes }];
const problems = async (...indexes: readonly IndexSpec[]) =>
  (await compareIndexes(connection, declare(...indexes))).map(
    ({ index: { name }, problem }) => `${name} is ${problem}`,
  );

describe('a database', () => {
  it('without the collection misses all of its indexes', async () => {
    expect(await problems(byName, byCode)).toEqual(['name_1__id_1 is missing', 'code_1 is missing']);
  });

  it('has what was created in it', async () => {
    await createIndexes(connection, declare(byName, byCode));
    expect(await problems(byName, byCode)).toEqual([]);
  });

  it('may have indexes that nobody declared', async () => {
    await createIndexes(connection, declare(byName, byCode));
    await createIndexes(connection, declare(byName));
    expect(await problems(byName, byCode)).toEqual([]);
  });

  it.each<[string, IndexSpec]>([
    ['other keys', { ...byCode, keys: { code: 1, name: 1 } }],
    ['another direction', { ...byCode, keys: { code: -1 } }],
    ['no uniqueness', { name: byCode.name, keys: byCode.keys, where: { code: { $exists: true } } }],
    ['no condition', { name: byCode.name, keys: byCode.keys, unique: true }],
    ['another condition', { ...byCode, where: { code: { $gt: '' } } }],
  ])('is told apart by an index of the same name with %s, which is made anew', async (_, other) => {
    await createIndexes(connection, declare(other));
    expect(await problems(byCode)).toEqual(['code_1 is different']);
    await createIndexes(connection, declare(byCode));
    expect(await problems(byCode)).toEqual([]);
  });

  it('is told apart by when it removes documents, and gets it as declared', async () => {
    const removing = index({ code: 1 }, { expireAfterSeconds: 0 });
    await createIndexes(connection, declare(index({ code: 1 })));
    expect(await problems(removing)).toEqual(['code_1 is different']);
    await createIndexes(connection, declare(removing));
    expect(await problems(removing)).toEqual([]);
    expect(await problems(index({ code: 1 }))).toEqual(['code_1 is different']);
  });

  it('is told apart by the order of the keys', async () => {
    await createIndexes(connection, declare({ name: 'both', keys: { a: 1, b: 1 } }));
    expect(await problems({ name: 'both', keys: { b: 1, a: 1 } })).toEqual(['both is different']);
  });
});

it('says what it makes, before it does, and makes nothing twice', async () => {
  const noted: string[] = [];
  const make = () => createIndexes(connection, declare(byName, byCode), ({ index: { name } }) => noted.push(name));
  await make();
  await make();
  expect(noted).toEqual(['name_1__id_1', 'code_1']);
});

it('keeps what it declares unique so', async () => {
  await createIndexes(connection, declare(byCode));
  const clinics = connection.collection('clinics');
  await clinics.insertMany([{ code: 'A' }, {}, {}]);
  await expect(clinics.insertOne({ code: 'A' })).rejects.toMatchObject({ code: 11_000 });
});
