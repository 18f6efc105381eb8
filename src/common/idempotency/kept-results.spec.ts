import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { Binary, type ClientSession, MongoError } from 'mongodb';
import { type Connection, createConnection } from 'mongoose';
import { platformPrincipal } from '../context/principal.js';
import { type KeyedRequest, newContext, runInContext } from '../context/request-context.js';
import { keptResults, onceForKey } from './kept-results.js';
import { keptName, keyedRequest } from './keyed-request.js';
import { sealResult } from './sealed-result.js';

let connection: Connection;
beforeAll(async () => {
  const dbName = `test_${randomBytes(6).toString('hex')}`;
  // biome-ignore lint/style/noProcessEnv: where the run's MongoDB is, which only its tests know
  connection = await createConnection(process.env['TEST_MONGODB_URI'] ?? '', { dbName }).asPromise();
  await connection.createCollection('idempotency_keys');
});
afterAll(async () => {
  await connection.dropDatabase();
  await connection.close();
});

const principal = platformPrincipal('admin', 'k');
const request = (key: string): KeyedRequest => keyedRequest(key, principal, { method: 'POST', url: '/', body: {} });

/** The work as a request does it that has come with the key. */
const asSent = (key: string | undefined, work: Work, keyed = key === undefined ? undefined : request(key)): Work =>
  runInContext(Object.assign(newContext('a test', principal), { keyed }), () => onceForKey(connection, work));

type Work = (session: ClientSession) => Promise<unknown>;

let done = 0;
beforeEach(() => {
  done = 0;
});
const work = async () => {
  done += 1;
  return `done ${done}`;
};

const inTransaction = (run: Work) =>
  connection.getClient().withSession((session) =>
    session.withTransaction(() => run(session), {
      readConcern: { level: 'snapshot' },
      writeConcern: { w: 'majority' },
    }),
  );

it('work is done once for a key, and what it came to is the result ever after', async () => {
  const key = randomUUID();
  const [first, again] = [request(key), request(key)];
  expect(await inTransaction(asSent(key, work, first))).toBe('done 1');
  expect(await inTransaction(asSent(key, work, again))).toBe('done 1');
  expect([first.state, again.state, done]).toEqual(['in transaction', 'replayed', 1]);
});

it('without a key, or outside of any request, the work is what it is', () => {
  expect(asSent(undefined, work)).toBe(work);
  expect(onceForKey(connection, work)).toBe(work);
});

it('the key is for the first transaction of its request alone', async () => {
  const keyed = request(randomUUID());
  await inTransaction(asSent('the first', work, keyed));
  expect(asSent('the second', work, keyed)).toBe(work);
});

it('work that fails keeps nothing, nor does a transaction that is not committed', async () => {
  const key = randomUUID();
  const failing = async (session: ClientSession) => {
    await asSent(key, work)(session);
    throw new Error('the power goes out');
  };
  await expect(inTransaction(failing)).rejects.toThrow('the power goes out');
  await expect(inTransaction(asSent(key, () => Promise.reject(new Error('refused'))))).rejects.toThrow('refused');
  expect(await inTransaction(asSent(key, work))).toBe('done 2');
});

it('of two transactions that overlap one is to be repeated, and then finds what the other has kept', async () => {
  const key = randomUUID();
  const client = connection.getClient();
  await client.withSession(async (one) => {
    one.startTransaction({ readConcern: { level: 'snapshot' } });
    const late = asSent(key, async () => {
      // While this one is at work, the other is done from beginning to end.
      expect(await inTransaction(asSent(key, work))).toBe('done 1');
      return 'done too late';
    });
    const failure: unknown = await late(one).catch((error: unknown) => error);
    await one.abortTransaction();
    expect(failure).toBeInstanceOf(MongoError);
    expect(failure instanceof MongoError && failure.hasErrorLabel('TransientTransactionError')).toBe(true);
  });
  expect(await inTransaction(asSent(key, work))).toBe('done 1');
  expect(done).toBe(1);
});

it('where the server calls that a duplicate instead of a conflict, it is to be repeated as well', async () => {
  const key = randomUUID();
  const keptMeanwhile: Work = (session) =>
    keptResults(connection).insertOne(
      {
        _id: keptName(request(key)),
        fingerprint: request(key).fingerprint,
        sealed: new Binary(sealResult('done by another', request(key))),
        expiresAt: new Date(Date.now() + 60_000),
      },
      { session },
    );
  await connection.getClient().withSession(async (session) => {
    session.startTransaction();
    const failure: unknown = await asSent(key, keptMeanwhile)(session).catch((error: unknown) => error);
    await session.abortTransaction();
    expect(failure).toMatchObject({ code: 11_000 });
    expect(failure instanceof MongoError && failure.hasErrorLabel('TransientTransactionError')).toBe(true);
  });
});

it('what another request has kept is not given away, and what is over counts as nothing', async () => {
  const key = randomUUID();
  await inTransaction(asSent(key, work));
  const other = { ...request(key), fingerprint: 'another' };
  await expect(inTransaction(asSent(key, work, other))).rejects.toMatchObject({ kind: 'idempotency-key-reused' });
  await keptResults(connection).updateMany({}, { $set: { expiresAt: new Date(Date.now() - 1) } });
  expect(await inTransaction(asSent(key, work, { ...request(key), fingerprint: 'another' }))).toBe('done 2');
  expect(await keptResults(connection).countDocuments({ fingerprint: 'another' })).toBe(1);
});
