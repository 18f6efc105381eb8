import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { MongoNetworkError } from 'mongodb';
import { createConnection } from 'mongoose';
import { parseConfiguration } from '../../config/configuration.js';
import { newContext, runInContext } from '../context/request-context.js';
import { ClientGone, Deadline, DeadlineExceeded } from '../resilience/deadline.js';
import { Overloaded, Unavailable } from '../resilience/unavailable.js';
import { DatabaseGate, type OperationOptions } from './database-gate.js';

const POOL = 7;
/** Of them, for the ping, the fences and who asks. */
const RESERVED = 4;
const broken = new MongoNetworkError('connection closed');
const forever = () => new Promise<never>(() => undefined);

let gate: DatabaseGate;
let deadline: Deadline;

/** A gate that nobody pings through, as its module isn't started. */
beforeEach(() => {
  const configuration = parseConfiguration({
    MONGODB_URI: 'mongodb://h',
    REDIS_URL: 'redis://h',
    MONGODB_MAX_POOL_SIZE: String(POOL),
  });
  gate = new DatabaseGate(createConnection(), configuration);
  deadline = Deadline.in(20_000);
});
afterEach(() => {
  gate.onApplicationShutdown();
  deadline.end();
  jest.useRealTimers();
});

const inRequest = <T>(work: () => T): T => runInContext(newContext('test', undefined, false, deadline), work);

/** A read that breaks so many times. */
function breaking(times: number) {
  const read = jest.fn(async (_options: OperationOptions) => {
    if (read.mock.calls.length <= times) throw broken;
    return 'found';
  });
  return read;
}

describe('a read', () => {
  it('is told to end with its request, on our side and on the database’s', async () => {
    const [{ signal, maxTimeMS }] = await inRequest(() => gate.read(async (options) => [options] as const));
    expect(signal).toBe(deadline.signal);
    expect([maxTimeMS > 15_000, maxTimeMS <= 20_000]).toEqual([true, true]);
  });

  it('is answered at its deadline, whatever the database does', async () => {
    const reading = inRequest(() => gate.read(forever));
    deadline.cancel(new DeadlineExceeded());
    await expect(reading).rejects.toBeInstanceOf(DeadlineExceeded);
    expect(gate.limit.state.running).toBe(0);
  });

  it('is given up with its client, and says nothing about the database', async () => {
    for (let n = 0; n < 10; n += 1) {
      const own = Deadline.in(10_000);
      const context = newContext('test', undefined, false, own);
      const reading = runInContext(context, () => gate.read(forever));
      own.cancel(new ClientGone());
      await expect(reading).rejects.toBeInstanceOf(ClientGone);
    }
    expect(gate.dependency.state).toBe('closed');
  });

  it('that belongs to no request has ten seconds, and leaves no timer', async () => {
    jest.useFakeTimers();
    const before = jest.getTimerCount();
    expect(await gate.read(async ({ maxTimeMS }) => maxTimeMS)).toBe(10_000);
    expect(jest.getTimerCount()).toBe(before);
    const reading = expect(gate.read(forever)).rejects.toBeInstanceOf(DeadlineExceeded);
    await jest.advanceTimersByTimeAsync(10_000);
    await reading;
  });

  it.each([1, 2])('whose connection breaks %d times is made again', async (times) => {
    const read = breaking(times);
    expect(await inRequest(() => gate.read(read))).toBe('found');
    expect(read).toHaveBeenCalledTimes(times + 1);
  });

  it('whose connection breaks three times has failed', async () => {
    await expect(inRequest(() => gate.read(breaking(3)))).rejects.toEqual(new Unavailable('mongodb', 2));
  });

  it('that gets an error for an answer is not made again', async () => {
    const read = jest.fn(() => Promise.reject(new Error('bad query')));
    await expect(inRequest(() => gate.read(read))).rejects.toThrow('bad query');
    expect(read).toHaveBeenCalledTimes(1);
  });
});

describe('a write', () => {
  const always = () => true;

  it('is made once, even where the connection breaks', async () => {
    const write = breaking(1);
    await expect(
      inRequest(() => gate.write(() => write({ signal: deadline.signal, maxTimeMS: 1 }), always)),
    ).rejects.toEqual(new Unavailable('mongodb', 2));
    expect(write).toHaveBeenCalledTimes(1);
  });

  it('that may be made twice is made again', async () => {
    const write = breaking(2);
    const once = () => gate.write(() => write({ signal: deadline.signal, maxTimeMS: 1 }), always);
    expect(await inRequest(() => gate.repeat(once))).toBe('found');
  });

  it('is left when the database is away, unless it may have been done', async () => {
    const done = Promise.withResolvers<string>();
    const left = inRequest(() => gate.write(forever, always));
    const committing = inRequest(() =>
      gate.write(
        () => done.promise,
        () => false,
      ),
    );
    gate.dependency.silent('no answer');
    await expect(left).rejects.toBeInstanceOf(Unavailable);
    done.resolve('committed');
    expect(await committing).toBe('committed');
  });
});

it('nobody waits for the turn of those who cannot leave a database that is away', async () => {
  const done = Promise.withResolvers<void>();
  const writes = Array.from({ length: POOL }, () =>
    gate.write(
      () => done.promise,
      () => false,
    ),
  );
  gate.dependency.silent('no answer');
  const begun = performance.now();
  await expect(gate.read(forever)).rejects.toBeInstanceOf(Unavailable);
  expect(performance.now() - begun).toBeLessThan(100);
  done.resolve();
  await Promise.allSettled(writes);
});

describe('while the database is away', () => {
  beforeEach(() => gate.dependency.silent('no answer'));

  it('reads and writes are refused at once, without being begun or waiting for a turn', async () => {
    const work = jest.fn(forever);
    await expect(gate.read(work)).rejects.toBeInstanceOf(Unavailable);
    await expect(gate.write(work, () => true)).rejects.toBeInstanceOf(Unavailable);
    expect(work).not.toHaveBeenCalled();
    expect(gate.limit.state).toMatchObject({ running: 0, waiting: 0, refused: 0 });
  });
});

describe('of the connections', () => {
  it('some are left, so that a ping is not taken for lost while the database is only busy', () => {
    for (let n = 0; n < 20; n += 1) inRequest(() => gate.read(forever)).catch(() => undefined);
    expect(gate.limit.state).toMatchObject({ running: POOL - RESERVED, limit: POOL - RESERVED });
    deadline.cancel(new ClientGone());
  });

  it('the others are waited for, until the deadline', async () => {
    for (let n = 0; n < POOL; n += 1) inRequest(() => gate.read(forever)).catch(() => undefined);
    const waiting = inRequest(() => gate.read(async () => 'found'));
    deadline.cancel(new DeadlineExceeded());
    await expect(waiting).rejects.toBeInstanceOf(DeadlineExceeded);
  });

  it('none is waited for longer than five seconds', async () => {
    jest.useFakeTimers();
    for (let n = 0; n < POOL - RESERVED; n += 1) inRequest(() => gate.read(forever)).catch(() => undefined);
    const waiting = expect(inRequest(() => gate.read(async () => 'found'))).rejects.toBeInstanceOf(Overloaded);
    await jest.advanceTimersByTimeAsync(5_000);
    await waiting;
    deadline.cancel(new ClientGone());
  });
});
