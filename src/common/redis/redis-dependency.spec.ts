import { afterEach, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { RedisDependency } from './redis-dependency.js';

const made: RedisDependency[] = [];
afterEach(() => {
  for (const dependency of made.splice(0)) dependency.stop();
});

it('says that there is no connection, where ioredis speaks of its options', async () => {
  const dependency = new RedisDependency();
  made.push(dependency);
  // Nobody listens there.
  const client = new Redis(1, '127.0.0.1', { enableOfflineQueue: false, lazyConnect: true });
  client.on('error', () => undefined);
  const command = async () => client.ping();
  for (let failures = 0; failures < 5; failures += 1) await dependency.run(command).catch(() => undefined);
  client.disconnect();
  expect([dependency.state, dependency.counts.cause]).toEqual(['open', 'no connection']);
  expect(new Set(dependency.lastErrors.map(({ message }) => message))).toEqual(new Set(['no connection']));
});
