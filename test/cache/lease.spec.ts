import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { afterEach, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { type HeldLease, Lease } from '../../src/common/cache/lease.js';
import { untilAnswer } from '../support/until.js';

const TIMES = { lastsMs: 600, renewEveryMs: 150 };

const connections: Redis[] = [];
afterEach(() => {
  for (const connection of connections.splice(0)) connection.disconnect();
});

/** A process's connection, as the service makes it. */
async function connect(): Promise<Redis> {
  const redis = new Redis(process.env['TEST_REDIS_URL'] ?? '', {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: 1_000,
  });
  redis.on('error', () => undefined);
  connections.push(redis);
  await once(redis, 'ready');
  return redis;
}

const keyOfTest = (): string => `test:lease:${randomUUID()}`;

const taken = (lease: Lease): Promise<HeldLease> =>
  untilAnswer(
    () => lease.take(),
    (held) => held !== undefined,
    5_000,
  ).then(({ answer }) => answer as HeldLease);

const ended = async ({ ended: signal }: HeldLease): Promise<void> => {
  if (!signal.aborted) await once(signal, 'abort');
};

it('one of many who ask at once gets it', async () => {
  const key = keyOfTest();
  const processes = await Promise.all(Array.from({ length: 5 }, connect));
  const answers = await Promise.all(processes.map((redis) => new Lease(redis, key, TIMES).take()));
  const holders = answers.filter((held) => held !== undefined);
  expect(holders).toHaveLength(1);
  await holders[0]?.release();
});

it('it is kept for longer than it lasts while its holder lives', async () => {
  const key = keyOfTest();
  const [first, second] = [await connect(), await connect()];
  const held = await taken(new Lease(first, key, TIMES));
  const begun = performance.now();
  const other = new Lease(second, key, TIMES);
  const asked = [];
  while (performance.now() - begun < 3 * TIMES.lastsMs) asked.push(await other.take());
  expect(asked.length).toBeGreaterThan(10);
  expect(asked.every((answer) => answer === undefined)).toBe(true);
  expect(held.ended.aborted).toBe(false);
  await held.release();
});

it('another one gets it at once when it is released', async () => {
  const key = keyOfTest();
  const [first, second] = [await connect(), await connect()];
  const held = await taken(new Lease(first, key));
  await held.release();
  expect(held.ended.aborted).toBe(true);
  const next = await new Lease(second, key).take();
  expect(next).toBeDefined();
  await next?.release();
});

it('a holder without Redis learns that it is over before another one can have it', async () => {
  const key = keyOfTest();
  const [first, second] = [await connect(), await connect()];
  const held = await taken(new Lease(first, key, TIMES));
  const begun = performance.now();
  first.disconnect();
  const next = taken(new Lease(second, key, TIMES));
  const order = await Promise.race([ended(held).then(() => 'ended'), next.then(() => 'taken')]);
  expect(order).toBe('ended');
  expect(performance.now() - begun).toBeLessThanOrEqual(TIMES.lastsMs + 200);
  await (await next).release();
});

it('a short absence of Redis costs nothing', async () => {
  const key = keyOfTest();
  const redis = await connect();
  const held = await taken(new Lease(redis, key, TIMES));
  redis.disconnect(true);
  await once(redis, 'ready');
  const begun = performance.now();
  await untilAnswer(
    () => redis.pttl(key),
    (left) => performance.now() - begun > TIMES.lastsMs && left > 0,
    5_000,
  );
  expect(held.ended.aborted).toBe(false);
  await held.release();
});

it('who has lost it neither renews nor releases that of another', async () => {
  const key = keyOfTest();
  const [first, second] = [await connect(), await connect()];
  const held = await taken(new Lease(first, key, TIMES));
  // As a failover does that forgets it.
  await second.del(key);
  const next = await taken(new Lease(second, key, TIMES));
  await ended(held);
  await held.release();
  expect(next.ended.aborted).toBe(false);
  expect(await new Lease(first, key, TIMES).take()).toBeUndefined();
  await next.release();
});
