import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RedisTagStore } from '../../src/common/cache/redis-tag-store.js';
import { OwnRedis } from '../support/own-redis.js';
import { TemporaryFolder } from '../support/temporary-folder.js';
import { untilAnswer } from '../support/until.js';
import { RedisClients } from './support/redis-clients.js';

const PREFIX = 'test:tag:';
const TAG = '{665f1c2ab7e4d1f0a1b2c3d5}:clinics';

const folder = new TemporaryFolder();
const clients = new RedisClients();
const servers: OwnRedis[] = [];
afterAll(async () => {
  clients.disconnectAll();
  await Promise.all(servers.map((server) => server.stop()));
  folder.remove();
});

const start = async (): Promise<OwnRedis> => {
  const server = await OwnRedis.start(join(folder.path, `redis-${servers.length}`));
  servers.push(server);
  return server;
};
const storeOn = ({ port }: OwnRedis): Promise<RedisTagStore> => clients.tagStore(`redis://127.0.0.1:${port}`, PREFIX);

/** What the server has under the tag: its version or its writers, without the name of its memory. */
const stateOn = (server: OwnRedis, tag = TAG) => server.client.get(PREFIX + tag);

/** The versions as soon as there is a connection again. */
const fetchAgain = async (store: RedisTagStore, tag = TAG) =>
  (
    await untilAnswer(
      // Without a connection a question fails within the turn, and only between turns can there be one.
      () => nextTurn().then(() => store.fetch([tag]).catch(() => undefined)),
      (versions) => versions !== undefined,
    )
  ).answer;

describe('a Redis of its own', () => {
  let server: OwnRedis;
  let store: RedisTagStore;
  beforeAll(async () => {
    server = await start();
    store = await storeOn(server);
  });

  it('that comes back with the versions it had has others for the reader', async () => {
    const before = await store.fetch([TAG]);
    const kept = await stateOn(server);
    await server.restart();
    const after = await fetchAgain(store);
    expect(await stateOn(server)).toBe(kept);
    expect(after).not.toEqual(before);
  });

  it('that comes back has the marks that it had', async () => {
    await store.mark(['{1}:clinics'], 'writer', 60_000);
    await server.restart();
    expect(await fetchAgain(store, '{1}:clinics')).toEqual([null]);
  });

  it('is asked for at most 500 tags by one script', async () => {
    const calls = async () => Number(/cmdstat_evalsha:calls=(\d+)/.exec(await server.client.info('commandstats'))?.[1]);
    await store.fetch([TAG]); // From now on the server knows the script.
    const before = await calls();
    await store.fetch(Array.from({ length: 1_001 }, (_, at) => `{${at}}:clinics`));
    expect((await calls()) - before).toBe(3);
  });

  describe('that is full', () => {
    beforeAll(async () => {
      await server.client.config('SET', 'maxmemory', '1');
    });
    afterAll(async () => {
      await server.client.config('SET', 'maxmemory', '0');
    });

    it('refuses entries', async () => {
      await expect(server.client.set('entry', 'x')).rejects.toThrow(/OOM/);
    });

    it('takes versions and marks all the same', async () => {
      const tag = '{2}:clinics';
      await store.fetch([tag]);
      await store.mark([tag], 'writer', 60_000);
      await store.release([tag], 'writer');
      expect(await store.fetch([tag])).toEqual([expect.any(String)]);
    });
  });

  describe('may lose marks', () => {
    afterAll(async () => {
      await server.client.config('SET', 'maxmemory', '0', 'maxmemory-policy', 'noeviction');
    });

    it.each([
      ['when it evicts any key', '100mb', 'allkeys-lru', true],
      ['when it evicts any key at random', '100mb', 'allkeys-random', true],
      ['not when it evicts only what expires', '100mb', 'volatile-lru', false],
      ['not when it evicts nothing', '100mb', 'noeviction', false],
      ['not when its memory has no bound', '0', 'allkeys-lru', false],
    ])('%s', async (_, maxmemory, policy, loses) => {
      await server.client.config('SET', 'maxmemory', maxmemory, 'maxmemory-policy', policy);
      expect(await store.mayLoseMarks()).toBe(loses);
    });
  });

  describe('that must have a replica and has none', () => {
    beforeAll(async () => {
      await store.fetch([TAG]);
      await server.client.config('SET', 'min-replicas-to-write', '1');
    });
    afterAll(async () => {
      await server.client.config('SET', 'min-replicas-to-write', '0');
    });

    it('tells no versions, not even those that it has', async () => {
      await expect(store.fetch([TAG])).rejects.toThrow(/NOREPLICAS/);
    });

    it('counts as away, as the probe without tags fails', async () => {
      await expect(store.fetch([])).rejects.toThrow(/NOREPLICAS/);
    });

    it('takes no marks', async () => {
      await expect(store.mark([TAG], 'writer', 60_000)).rejects.toThrow(/NOREPLICAS/);
    });
  });
});

describe('a Redis with a replica', () => {
  let master: OwnRedis;
  let replica: OwnRedis;
  let store: RedisTagStore;
  beforeAll(async () => {
    [master, replica] = [await start(), await start()];
    await replica.follow(master.port);
    await master.untilInfo('replication', /connected_slaves:1/);
    store = await storeOn(master);
  });

  it('has the mark in both when it is made', async () => {
    await store.mark(['{1}:clinics'], 'writer', 60_000);
    expect(await stateOn(replica, '{1}:clinics')).toMatch(/^~writer=/);
  });

  it('fails to mark while the replica stands still', async () => {
    replica.freeze();
    try {
      await expect(store.mark(['{2}:clinics'], 'writer', 60_000)).rejects.toThrow('no replica has the mark');
    } finally {
      replica.thaw();
    }
  });

  it('marks again when the replica has caught up', async () => {
    replica.freeze();
    await store.mark(['{3}:clinics'], 'writer', 60_000).catch(() => undefined);
    replica.thaw();
    await untilAnswer(
      () => stateOn(replica, '{3}:clinics'),
      (state) => state !== null,
    );
    await store.mark(['{4}:clinics'], 'writer', 60_000);
    expect(await stateOn(replica, '{4}:clinics')).toMatch(/^~writer=/);
  });

  it('does not let the replica tell versions that it may have too late', async () => {
    await store.mark(['{5}:clinics'], 'writer', 60_000); // So the replica has all until now.
    await store.release(['{5}:clinics'], 'writer');
    const onReplica = await storeOn(replica);
    await expect(onReplica.fetch(['{5}:clinics'])).rejects.toThrow(/READONLY/);
  });

  it('counts as away where only the replica is reached', async () => {
    const onReplica = await storeOn(replica);
    await expect(onReplica.fetch([])).rejects.toThrow(/READONLY/);
  });

  // The last one, as it makes the replica a master.
  it('has other versions when the replica takes over with the same', async () => {
    const before = await store.fetch([TAG]);
    await store.mark(['{6}:clinics'], 'writer', 60_000); // So the replica has them.
    const state = await stateOn(master);
    await replica.promote();
    const onPromoted = await storeOn(replica);
    const after = await onPromoted.fetch([TAG]);
    expect(await stateOn(replica)).toBe(state);
    expect(after).not.toEqual(before);
    // However long the replica has been up: its memory is new.
    expect(await onPromoted.ageMs()).toBeLessThan(1_000);
  });
});
