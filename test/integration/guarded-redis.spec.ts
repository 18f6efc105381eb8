import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { connectRedis } from '../../src/common/redis/connect-redis.js';
import { guardRedis } from '../../src/common/redis/guard-redis.js';
import { RedisDependency } from '../../src/common/redis/redis-dependency.js';
import type { BreakerState } from '../../src/common/resilience/dependency.js';
import { Probe } from '../../src/common/resilience/probe.js';
import { Unavailable } from '../../src/common/resilience/unavailable.js';
import { OwnRedis } from '../support/own-redis.js';
import { TemporaryFolder } from '../support/temporary-folder.js';
import { untilAnswer } from '../support/until.js';

const folder = new TemporaryFolder();
const dependency = new RedisDependency();
let server: OwnRedis;
let client: Redis;
let probe: Probe;
beforeAll(async () => {
  server = await OwnRedis.start(folder.path);
  client = connectRedis(`redis://127.0.0.1:${server.port}`, { maxRetriesPerRequest: 1, commandTimeout: 100 });
  probe = new Probe(dependency, guardRedis(client, dependency));
  await new Promise((resolve) => client.once('ready', resolve));
});
afterAll(async () => {
  probe.stop();
  dependency.stop();
  client.disconnect();
  await server.stop();
  folder.remove();
});

/** As soon as it is in this state. */
const stateOf = (wanted: BreakerState) =>
  untilAnswer(
    () => new Promise((resolve) => setImmediate(resolve, dependency.state)),
    (state) => state === wanted,
  );

it('a Redis that hangs is waited for five times, then not at all, and is used again as soon as it answers', async () => {
  await client.set('clinic', 'Smile');
  server.freeze();
  for (let n = 0; n < 5; n += 1) await expect(client.get('clinic')).rejects.toThrow();
  await stateOf('open');

  const begun = performance.now();
  for (let n = 0; n < 100; n += 1) await expect(client.get('clinic')).rejects.toBeInstanceOf(Unavailable);
  expect((performance.now() - begun) / 100).toBeLessThan(10);

  probe.start();
  server.thaw();
  const { tookMs } = await stateOf('closed');
  expect(tookMs).toBeLessThan(2_500);
  expect(await client.get('clinic')).toBe('Smile');
});

it('commands on their way when it begins to hang are left as soon as pings say so', async () => {
  server.freeze();
  try {
    client.options.commandTimeout = 60_000;
    await expect(client.get('clinic')).rejects.toBeInstanceOf(Unavailable);
  } finally {
    server.thaw();
  }
  await stateOf('closed');
  expect(await client.get('clinic')).toBe('Smile');
});
