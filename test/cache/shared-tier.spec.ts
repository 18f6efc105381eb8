import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { Payload } from '../../src/common/cache/payload.js';
import { RedisTier, type StoredEntry } from '../../src/common/cache/shared-tier.js';
import { untilAnswer } from '../support/until.js';
import { RedisClients } from './support/redis-clients.js';

const clients = new RedisClients();
afterAll(() => clients.disconnectAll());

const TTL_MS = 60_000;
const LARGE = JSON.stringify(Array.from({ length: 200 }, (_, at) => ({ name: `Clinic Zoë ${at}` })));

let redis: Redis;
beforeAll(async () => {
  redis = await clients.connect();
});

let namespace: string;
let tier: RedisTier;
beforeEach(() => {
  namespace = `test:${randomUUID()}`;
  tier = new RedisTier(redis, namespace, 'v1');
});

const entryOf = (payload: Payload, ttlMs = TTL_MS): StoredEntry => ({ stamp: ['a1', 'b1'], payload, ageMs: 0, ttlMs });
const kept = async (payload: Payload): Promise<StoredEntry | undefined> => {
  await tier.set('clinic 1', entryOf(payload));
  const [found] = await tier.get(['clinic 1']);
  return found;
};
const onlyKey = async (): Promise<string> => (await redis.keys(`${namespace}:*`))[0] ?? '';
const bytesInRedis = async (): Promise<Buffer> => (await redis.getBuffer(await onlyKey())) ?? Buffer.alloc(0);

describe('an entry that all processes share', () => {
  it.each([
    ['a small one', () => Payload.ofText('{"name":"Zoë"}', { etag: '"7"' })],
    ['a large one', () => Payload.ofText(LARGE, { etag: '"7"', link: '<x>' })],
    ['an empty one', () => Payload.ofText('')],
    ['one that came as gzip', () => Payload.ofBytes('gzip', gzipSync(LARGE), { etag: '"7"' })],
    ['that nothing is there', () => Payload.absent('no such clinic')],
  ])('comes back as it was: %s', async (_, make) => {
    const found = await kept(make());
    expect([found?.payload.text(), found?.payload.facts]).toEqual([make().text(), make().facts]);
  });

  it('comes back with its stamp', async () => {
    expect((await kept(Payload.ofText('1')))?.stamp).toEqual(['a1', 'b1']);
  });

  it('comes back with what is left of its life', async () => {
    const left = (await kept(Payload.ofText('1')))?.ttlMs ?? 0;
    expect([left > TTL_MS - 10_000, left <= TTL_MS]).toEqual([true, true]);
  });

  it('is gone when its life is over', async () => {
    await tier.set('clinic 1', entryOf(Payload.ofText('1'), 5));
    await untilAnswer(
      () => tier.get(['clinic 1']),
      ([found]) => found === undefined,
      5_000,
    );
  });

  it('replaces the one before it', async () => {
    await kept(Payload.ofText('"older"'));
    expect((await kept(Payload.ofText('"newer"')))?.payload.text()).toBe('"newer"');
  });

  it('stands where its key was asked for', async () => {
    await tier.set('a', entryOf(Payload.ofText('"a"')));
    await tier.set('b', entryOf(Payload.ofText('"b"')));
    const found = await tier.get(['b', 'none', 'a']);
    expect(found.map((entry) => entry?.payload.text())).toEqual(['"b"', undefined, '"a"']);
  });

  it('keeps nothing else of the reply alive', async () => {
    const bytes = (await kept(Payload.ofText('"small"')))?.payload.in('identity');
    expect(bytes?.buffer.byteLength).toBe(bytes?.length);
  });
});

describe('in Redis', () => {
  it('an entry over 1 KB is what gzip makes of it', async () => {
    const payload = Payload.ofText(LARGE);
    await kept(payload);
    expect((await bytesInRedis()).subarray(-payload.in('gzip').length)).toEqual(payload.in('gzip'));
  });

  it('an entry over 1 KB comes back as gzip, ready to be sent', async () => {
    const found = await kept(Payload.ofText(LARGE));
    expect(found?.payload.bytes).toBe(Payload.ofText(LARGE).in('gzip').length);
  });

  it('a small entry is as it is', async () => {
    await kept(Payload.ofText('"small"'));
    expect((await bytesInRedis()).toString()).toMatch(/"small"$/);
  });
});

describe('nobody finds an entry', () => {
  it.each([
    ['of another schema', () => new RedisTier(redis, namespace, 'v2')],
    ['of another namespace', () => new RedisTier(redis, `${namespace}x`, 'v1')],
  ])('%s', async (_, other) => {
    await kept(Payload.ofText('1'));
    expect(await other().get(['clinic 1'])).toEqual([undefined]);
  });

  it('when nothing is asked for', async () => {
    expect(await tier.get([])).toEqual([]);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['too little', Buffer.from([0, 0])],
    ['a word', Buffer.from('garbage')],
    ['a header that is cut off', Buffer.from([0, 0, 0, 90, 0x7b, 0x22])],
    ['a header that is none', Buffer.concat([Buffer.from([0, 0, 0, 4]), Buffer.from('null')])],
    ['a header without a stamp', Buffer.concat([Buffer.from([0, 0, 0, 2]), Buffer.from('{}')])],
    ['a length beyond everything', Buffer.concat([Buffer.from([255, 255, 255, 255]), Buffer.from('{}')])],
  ])('where there is %s', async (_, garbage) => {
    await kept(Payload.ofText('1'));
    await redis.set(await onlyKey(), garbage);
    expect(await tier.get(['clinic 1'])).toEqual([undefined]);
  });
});

describe('while Redis is away', () => {
  let away: RedisTier;
  beforeEach(async () => {
    const lone = new RedisClients();
    away = new RedisTier(await lone.connect(), namespace, 'v1');
    lone.disconnectAll();
  });

  it('every entry is missed', async () => {
    await kept(Payload.ofText('1'));
    expect(await away.get(['clinic 1', 'clinic 2'])).toEqual([undefined, undefined]);
  });

  it('an entry that is to be kept is lost without an error', async () => {
    await expect(away.set('clinic 1', entryOf(Payload.ofText('1')))).resolves.toBeUndefined();
  });

  it('its memory is not known', async () => {
    expect(await away.usedBytes()).toBeUndefined();
  });
});

it('the memory of Redis is known', async () => {
  expect(await tier.usedBytes()).toBeGreaterThan(100_000);
});
