import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import {
  MongoClient,
  type MongoError,
  MongoInvalidArgumentError,
  MongoNetworkError,
  MongoNetworkTimeoutError,
  MongoNotConnectedError,
  MongoServerError,
  MongoTopologyClosedError,
} from 'mongodb';
import { ClientGone, DeadlineExceeded } from '../resilience/deadline.js';
import { Overloaded, Unavailable } from '../resilience/unavailable.js';
import { isDatabaseAway, isTransient } from './database-failures.js';

interface PoolErrors {
  readonly WaitQueueTimeoutError: new (message: string, address: string) => MongoError;
  readonly PoolClearedError: new (pool: { readonly address: string; readonly serverError: null }) => MongoError;
}
/** The driver throws them and doesn't export them. */
const pool: PoolErrors = createRequire(import.meta.url)('mongodb/lib/cmap/errors.js');

const server = (code: number, labels: readonly string[] = []) =>
  new MongoServerError({ message: `error ${code}`, code, errorLabels: [...labels] });

/** What the driver throws when it finds no server: here, one that ends each connection. */
async function notFound(): Promise<unknown> {
  const nobody = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await once(nobody, 'listening');
  const address = nobody.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const client = new MongoClient(`mongodb://127.0.0.1:${port}`, { serverSelectionTimeoutMS: 100 });
  const [outcome] = await Promise.allSettled([client.db('test').command({ ping: 1 })]);
  await client.close();
  nobody.close();
  return outcome.status === 'rejected' ? outcome.reason : undefined;
}

const BROKEN: readonly (readonly [string, unknown])[] = [
  ['a connection that broke', new MongoNetworkError('connection 3 to 10.0.0.1:27017 closed')],
  ['a connection that says nothing', new MongoNetworkTimeoutError('timed out')],
  ['a socket that broke under a command', Object.assign(new Error('write ECONNRESET'), { syscall: 'write' })],
  ['a pool that was cleared', new pool.PoolClearedError({ address: '10.0.0.1:27017', serverError: null })],
  ['a host that cannot be reached (6)', server(6)],
  ['a server that shuts down (91)', server(91)],
  ['a primary that has stepped down (189)', server(189)],
  ['a server that is no primary (10107)', server(10107)],
  ['an operation that was interrupted by a change of roles (11602)', server(11602)],
  ['a server that recovers (13436)', server(13436)],
];
const GIVEN_UP: readonly (readonly [string, unknown])[] = [
  ['a driver that was closed', new MongoTopologyClosedError('Topology is closed')],
  ['a driver that is not connected', new MongoNotConnectedError('Client must be connected')],
  ['a pool without a connection', new pool.WaitQueueTimeoutError('Timed out while checking out', '10.0.0.1:27017')],
];
const ANSWERS: readonly (readonly [string, unknown])[] = [
  ['a duplicate key', server(11000)],
  ['a document that fails its schema', server(121)],
  ['a conflict of transactions', server(112, ['TransientTransactionError'])],
  ['a query whose time is over', server(50)],
  ['a missing index', server(27)],
  ['a failed sign-in', server(18)],
  ['a mistake of ours', new MongoInvalidArgumentError('a bug')],
  ['an error of something else', new TypeError('a bug')],
  ['what has the name of the class only', Object.assign(new Error('x'), { name: 'MongoWaitQueueTimeoutError' })],
  ['a deadline', new DeadlineExceeded()],
  ['a client that has gone', new ClientGone()],
  ['our own limit', new Overloaded()],
  ['nothing', undefined],
  ['a string', 'MongoNetworkError'],
];

describe('the database is away', () => {
  it.each([...BROKEN, ...GIVEN_UP])('says %s', (_, error) => {
    expect(isDatabaseAway(error)).toBe(true);
  });

  it('says a driver that finds no server', async () => {
    const error = await notFound();
    expect([error, isDatabaseAway(error), isTransient(error)]).toEqual([
      expect.objectContaining({ name: 'MongoServerSelectionError' }),
      true,
      false,
    ]);
  });

  it.each(ANSWERS)('does not say %s', (_, error) => {
    expect(isDatabaseAway(error)).toBe(false);
  });
});

describe('the same may succeed at once', () => {
  it.each(BROKEN)('after %s, told as it is or as what it means', (_, error) => {
    expect([isTransient(error), isTransient(new Unavailable('mongodb', 2, error))]).toEqual([true, true]);
  });

  it.each([...GIVEN_UP, ...ANSWERS])('not after %s', (_, error) => {
    expect([isTransient(error), isTransient(new Unavailable('mongodb', 2, error))]).toEqual([false, false]);
  });

  it('not while the breaker refuses it', () => {
    expect(isTransient(new Unavailable('mongodb', 2))).toBe(false);
  });
});
