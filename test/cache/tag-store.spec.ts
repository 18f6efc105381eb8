import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Redis } from 'ioredis';
import type { RedisTagStore } from '../../src/common/cache/redis-tag-store.js';
import { untilAnswer } from '../support/until.js';
import { Network } from './support/network.js';
import { RedisClients, RUN_REDIS_URL } from './support/redis-clients.js';
import { TagConnection } from './support/tag-connection.js';
import { TagServer } from './support/tag-server.js';
import { itKeepsTags } from './support/tag-store-contract.js';

const clients = new RedisClients();
afterAll(() => clients.disconnectAll());

const keyPrefix = `test:${randomUUID()}:tag:`;
const process = () => clients.tagStore(RUN_REDIS_URL, keyPrefix);

const DAY_MS = 24 * 3_600_000;

/** Milliseconds of the server's clock. */
const timeOf = async (redis: Redis): Promise<number> => {
  const [seconds, microseconds] = await redis.time();
  return Number(seconds) * 1_000 + Number(microseconds) / 1_000;
};

describe('The tags in Redis', () => {
  itKeepsTags(async () => {
    const redis = await clients.connect();
    return {
      one: await process(),
      other: await process(),
      passes: async (ms) => {
        const until = (await timeOf(redis)) + ms + 1;
        await untilAnswer(
          () => timeOf(redis),
          (now) => now > until,
        );
      },
    };
  });
});

describe('A store of tags', () => {
  it('knows for how long its server has been up, in whole seconds', async () => {
    const ageMs = await (await process()).ageMs();
    expect(ageMs % 1_000).toBe(0);
    expect(ageMs).toBeGreaterThanOrEqual(0);
    expect(ageMs).toBeLessThan(DAY_MS);
  });
});

describe('What stands in for the tags in Redis', () => {
  itKeepsTags(async () => {
    let now = 0;
    const server = new TagServer({ now: () => now, sleep: () => Promise.resolve() });
    const network = new Network(fc.schedulerFor([]));
    const arriveAtOnce = () => Promise.resolve();
    return {
      one: new TagConnection(server, network, 'one', arriveAtOnce),
      other: new TagConnection(server, network, 'other', arriveAtOnce),
      passes: async (ms) => {
        now += ms;
      },
    };
  });
});

describe('In Redis', () => {
  let store: RedisTagStore;
  let redis: Redis;
  beforeAll(async () => {
    store = await process();
    redis = await clients.connect(RUN_REDIS_URL, keyPrefix);
  });
  const aTag = (): string => `{${randomUUID()}}:clinics`;

  it('a version that nobody asks for is forgotten in a day', async () => {
    const tag = aTag();
    await store.fetch([tag]);
    const left = await redis.pttl(tag);
    expect([left > DAY_MS - 60_000, left <= DAY_MS]).toEqual([true, true]);
  });

  it('so is that which a release has left', async () => {
    const tag = aTag();
    await store.release([tag], 'nobody');
    expect(await redis.pttl(tag)).toBeGreaterThan(DAY_MS - 60_000);
  });

  it('a mark does not expire, as what expires may be evicted', async () => {
    const tag = aTag();
    await store.fetch([tag]);
    await store.mark([tag], 'writer', 60_000);
    expect(await redis.pttl(tag)).toBe(-1);
  });

  it('a version that was lost is followed by another', async () => {
    const tag = aTag();
    const before = await store.fetch([tag]);
    await redis.del(tag);
    expect(await store.fetch([tag])).not.toEqual(before);
  });

  it('a writer whose mark was lost voids with its release what was kept meanwhile', async () => {
    const tag = aTag();
    await store.mark([tag], 'writer', 60_000);
    await redis.del(tag);
    const meanwhile = await store.fetch([tag]);
    await store.release([tag], 'writer');
    expect(await store.fetch([tag])).not.toEqual(meanwhile);
  });

  it('more tags than one script takes have their versions, each in its place', async () => {
    const tags = Array.from({ length: 1_203 }, aTag);
    const versions = await store.fetch(tags);
    expect(new Set(versions).size).toBe(tags.length);
    expect(await store.fetch([...tags].reverse())).toEqual([...versions].reverse());
  });

  it('more tags than one script takes are all marked', async () => {
    const tags = Array.from({ length: 1_203 }, aTag);
    await store.mark(tags, 'writer', 60_000);
    expect(new Set(await store.fetch(tags))).toEqual(new Set([null]));
  });

  it('more tags than one script takes are all released', async () => {
    const tags = Array.from({ length: 1_203 }, aTag);
    await store.mark(tags, 'writer', 60_000);
    await store.release(tags, 'writer');
    expect(await store.fetch(tags)).not.toContain(null);
  });

  it('the tags of two databases do not meet', async () => {
    const tag = aTag();
    const elsewhere = await clients.tagStore(RUN_REDIS_URL, `test:${randomUUID()}:tag:`);
    await elsewhere.mark([tag], 'writer', 60_000);
    expect(await store.fetch([tag])).toEqual([expect.any(String)]);
  });

  it('nothing is known of tags when there is no connection', async () => {
    const lone = new RedisClients();
    const cut = await lone.tagStore(RUN_REDIS_URL, keyPrefix);
    lone.disconnectAll();
    await expect(cut.fetch([aTag()])).rejects.toThrow();
    await expect(cut.mark([aTag()], 'writer', 60_000)).rejects.toThrow();
    await expect(cut.release([aTag()], 'writer')).rejects.toThrow();
  });
});
