import { setImmediate as nextTurn } from 'node:timers/promises';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { getConnectionToken } from '@nestjs/mongoose';
import type { Document } from 'mongodb';
import type { Connection } from 'mongoose';
import type { IndexAdvice } from '../../src/common/database/index-advice.js';
import { IndexReports } from '../../src/common/database/index-reports.js';
import { QueryMonitor } from '../../src/common/database/query-monitor.js';
import { verdictOf } from '../../src/common/database/query-plan.js';
import type { IndexReport } from '../../src/modules/performance/indexes/indexes.service.js';
import { Signals } from '../../src/modules/performance/signals.service.js';
import { declaredIndexes } from '../../src/schemas/index.js';
import { type Crowd, crowd } from '../properties/crowded-directory.js';
import { PLANS_LIKE_MONGOD } from '../support/explain.js';
import { startService, type TestService } from '../support/service.js';
import { untilAnswer } from '../support/until.js';

const describePlans = PLANS_LIKE_MONGOD ? describe : describe.skip;

let service: TestService;
let rows: Crowd;
/** What the process does every 20 s, among other things. */
const every20s: (() => void)[] = [];
beforeAll(async () => {
  const timers = jest.spyOn(globalThis, 'setInterval');
  service = await startService();
  every20s.push(...timers.mock.calls.flatMap(([work, ms]) => (ms === 20_000 ? [() => work()] : [])));
  timers.mockRestore();
  rows = await crowd(service.db);
});
afterAll(() => service.stop());

const report = async (): Promise<IndexReport> => {
  const { status, body } = await service.api.get<IndexReport>('/performance/indexes');
  expect(status).toBe(200);
  return body;
};
const advice = async (): Promise<readonly IndexAdvice[]> => (await report()).advice;
const indexesOf = async (collection: string) =>
  (await report()).collections.find((one) => one.collection === collection)?.indexes ?? [];

/** Runs a line as mongosh would. */
async function inShell(line: string | null | undefined): Promise<void> {
  const db = new Proxy({}, { get: (_, name) => service.db.collection(String(name)) });
  await runInNewContext(line ?? 'there is no line', { db });
}

/** A look is what the process does by itself every 20 s. */
async function afterLook(): Promise<{ readonly missingIndexes: number; readonly scanningQueries: number }> {
  await service.app.get(IndexReports).look();
  const { missingIndexes, scanningQueries } = service.app.get(Signals).read();
  return { missingIndexes, scanningQueries };
}

/** Whatever the process sends, whoever wrote it. */
const sent = (collection: string) =>
  service.app.get<Connection>(getConnectionToken()).getClient().db(service.db.databaseName).collection(collection);

it('tells of each declared index that it is there, what it is made of, and how often it was used', async () => {
  for (const { collection, indexes } of declaredIndexes) {
    const told = await indexesOf(collection);
    for (const { name, keys, unique = false, where = null, expireAfterSeconds = null } of indexes) {
      expect(told.find((index) => index.name === name)).toMatchObject({
        ...{ keys, unique, where, expireAfterSeconds, state: 'as-declared', prefixOf: null, unused: false },
        uses: expect.any(Number),
        usesSince: expect.any(String),
      });
    }
  }
  expect((await report()).usesUnknown).toBeNull();
});

it('counts the uses of an index', async () => {
  const usesOfName = async () => (await indexesOf('organizations')).find(({ name }) => name === 'name_1__id_1')?.uses;
  const before = await usesOfName();
  for (let at = 0; at < 3; at += 1) {
    await service.api.get('/organizations', { sort: 'name' }, { 'cache-control': 'no-cache' });
  }
  expect(await usesOfName()).toBe(Number(before) + 3);
});

it('has no advice for a service that is as it should be', async () => {
  expect(await advice()).toEqual([]);
  expect(await afterLook()).toEqual({ missingIndexes: 0, scanningQueries: 0 });
});

describe('a dropped index', () => {
  const name = 'organizationId_1_status_1_createdAt_-1__id_-1';

  it('is missed at the next look, and nobody makes it anew but who follows the advice', async () => {
    await service.db.collection('clinics').dropIndex(name);
    expect((await afterLook()).missingIndexes).toBe(1);
    const [found, ...others] = await advice();
    expect(others).toEqual([]);
    expect(found).toMatchObject({ problem: 'missing', collection: 'clinics', index: { name }, dropIndex: null });
    expect((await indexesOf('clinics')).find((index) => index.name === name)?.state).toBe('missing');
    await inShell(found?.createIndex);
    expect((await afterLook()).missingIndexes).toBe(0);
    expect(await advice()).toEqual([]);
  });

  it('is noticed within 20 s by itself, and so is that it is back', async () => {
    const missing = async () => {
      await nextTurn();
      return service.app.get(Signals).read().missingIndexes;
    };
    await service.db.collection('clinics').dropIndex(name);
    for (const work of every20s) work();
    await untilAnswer(missing, (count) => count === 1);
    await inShell((await advice())[0]?.createIndex);
    for (const work of every20s) work();
    await untilAnswer(missing, (count) => count === 0);
  });

  it('that was unique comes back unique and partial', async () => {
    await service.db.collection('provider_clinic_assignments').dropIndex('providerId_1_clinicId_1');
    const [found] = await advice();
    await inShell(found?.createIndex);
    expect(await advice()).toEqual([]);
  });
});

it('an index that is otherwise than declared is to be made anew', async () => {
  const codes = service.db.collection('clinics');
  await codes.dropIndex('organizationId_1_code_1');
  await codes.createIndex({ organizationId: 1, code: 1 }, { name: 'organizationId_1_code_1' });
  const [found] = await advice();
  expect(found?.problem).toBe('different');
  await inShell(found?.dropIndex);
  await inShell(found?.createIndex);
  expect(await advice()).toEqual([]);
});

describe('an index that nobody declared', () => {
  it('is named, and that another one begins with it', async () => {
    await service.db.collection('clinics').createIndex({ organizationId: 1, status: 1 });
    const found = (await advice()).find(({ problem }) => problem === 'redundant');
    expect(found).toMatchObject({ collection: 'clinics', index: { name: 'organizationId_1_status_1' } });
    const [own] = (await indexesOf('clinics')).filter(({ name }) => name === 'organizationId_1_status_1');
    expect(own).toMatchObject({ state: 'undeclared', prefixOf: expect.stringMatching(/^organizationId_1_status_1_/) });
    await inShell(found?.dropIndex);
    expect(await advice()).toEqual([]);
  });

  it.each<[string, Record<string, 1>, Document]>([
    ['keeps something unique', { organizationId: 1, name: 1 }, { unique: true, partialFilterExpression: { npi: 'x' } }],
    ['holds other documents', { organizationId: 1, status: 1 }, { partialFilterExpression: { npi: 'x' } }],
    ['removes what is over', { createdAt: 1 }, { expireAfterSeconds: 99_999_999 }],
  ])('is not redundant where it %s', async (_, keys, options) => {
    const name = await service.db.collection('clinics').createIndex(keys, { ...options, name: 'special' });
    expect(await advice()).toEqual([]);
    await service.db.collection('clinics').dropIndex(name);
  });
});

describePlans('a query that no index serves', () => {
  /** Values that must not show anywhere. */
  const PHONE = '+1 907 555 0142';
  const [TIMEZONE, EMAIL] = ['America/Juneau', 'hidden@example.com'];

  const cases: readonly (readonly [string, () => Promise<unknown>, string, readonly string[]])[] = [
    [
      'that scans',
      () => sent('clinics').find({ phone: PHONE }).sort({ holds: -1 }).toArray(),
      'reads the whole collection',
      ['phone', 'holds'],
    ],
    [
      'that sorts in memory',
      () => sent('clinics').find({ organizationId: tenant() }).sort({ timezone: 1, _id: 1 }).toArray(),
      'is sorted in memory',
      ['organizationId', 'timezone', '_id'],
    ],
    [
      'that examines far more than it returns',
      () => sent('providers').find({ email: EMAIL, organizationId: tenant() }).toArray(),
      'examines far more than it returns',
      ['organizationId', 'email'],
    ],
    [
      'of an aggregation',
      () =>
        sent('providers')
          .aggregate([{ $match: { npi: PHONE } }, { $sort: { lastName: 1 } }])
          .toArray(),
      'reads the whole collection',
      ['npi', 'lastName'],
    ],
    [
      'that writes',
      () => sent('clinics').updateMany({ timezone: TIMEZONE }, { $set: { seen: true } }),
      'reads the whole collection',
      ['timezone'],
    ],
  ];
  const tenant = () => rows['clinics']?.[0]?.['organizationId'];

  it.each(cases)('%s is found, and served by the index that is advised', async (_, query, words, keys) => {
    await query();
    const wanted = (found: readonly IndexAdvice[]) => found.filter(({ problem }) => problem === 'wanted-by-query');
    const { answer } = await untilAnswer(advice, (found) => wanted(found).length > 0);
    const [one, ...others] = wanted(answer);
    expect(others).toEqual([]);
    expect(Object.keys(one?.index?.keys ?? {})).toEqual(keys);
    expect(one?.detail).toContain(words);
    expect(one?.shape).toContain(keys[0]);
    expect(JSON.stringify(answer)).not.toMatch(/907 555|Juneau|hidden@|[0-9a-f]{24}/);
    expect((await afterLook()).scanningQueries).toBe(1);

    await inShell(one?.createIndex);
    expect((await afterLook()).scanningQueries).toBe(0);
    expect(wanted(await advice())).toEqual([]);
    // By its new plan as well, not only as there is an index that looks right.
    await query();
    const { queries } = service.app.get(QueryMonitor);
    const plan = async () => {
      await nextTurn();
      return queries.find(({ shape }) => shape.text === one?.shape)?.plan;
    };
    await untilAnswer(plan, (seen) => seen !== undefined && verdictOf(seen) === 'index-served');
    await service.db.collection(one?.collection ?? '').dropIndex(one?.index?.name ?? '');
    await afterLook();
    await query();
    const again = await untilAnswer(advice, (found) => wanted(found).length > 0);
    await inShell(wanted(again.answer)[0]?.createIndex);
    expect((await afterLook()).scanningQueries).toBe(0);
  });

  it('of alternatives is told of, though no single index would serve it', async () => {
    await sent('clinics')
      .find({ $or: [{ npi: 'x' }, { holds: 77 }] })
      .toArray();
    const { answer } = await untilAnswer(advice, (found) => found.length > 0);
    expect(answer).toMatchObject([{ problem: 'wanted-by-query', index: null, createIndex: null }]);
    expect(answer[0]?.detail).toContain('No single index would serve it');
    expect((await afterLook()).scanningQueries).toBe(1);
    // It goes when the query does: nothing else here may see it.
    Object.assign(service.app.get(QueryMonitor).queries.find(({ shape }) => shape.text === answer[0]?.shape) ?? {}, {
      lastSeen: new Date(0),
    });
  });

  it('is no reason to make an index that is declared: that one is missing', async () => {
    const organizations = service.db.collection('organizations');
    await organizations.dropIndex('name_1__id_1');
    await afterLook();
    await sent('organizations').find({}).sort({ name: 1, _id: 1 }).limit(5).toArray();
    await untilAnswer(afterLook, ({ scanningQueries }) => scanningQueries === 1);
    const found = await advice();
    expect(found.map(({ problem }) => problem)).toEqual(['missing']);
    await inShell(found[0]?.createIndex);
    expect(await afterLook()).toEqual({ missingIndexes: 0, scanningQueries: 0 });
  });
});

it('is not made anew by the service while it runs, however often it looks', async () => {
  await service.db.collection('providers').dropIndex('createdAt_-1__id_-1');
  for (let looks = 0; looks < 3; looks += 1) expect((await afterLook()).missingIndexes).toBe(1);
  await inShell((await advice())[0]?.createIndex);
});
