import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { CacheRef } from '../../src/common/cache/coherent-cache.js';
import type { Cache } from '../../src/common/cache/create-cache.js';
import { HotEntries } from '../../src/common/cache/hot-entries.js';
import { RedisTier } from '../../src/common/cache/shared-tier.js';
import { untilAnswer } from '../support/until.js';
import { CacheOnServers } from './support/cache-on-servers.js';

let servers: CacheOnServers;
let first: Cache;
let loads: string[];
beforeEach(async () => {
  servers = await CacheOnServers.open();
  first = await servers.startedProcess();
  loads = [];
});
afterEach(() => servers.close());

const refOf = (key: string): CacheRef => ({ key, resource: 'clinics', tags: [`{${key}}:clinics`], ttlMs: 60_000 });
const readBy = (cache: Cache, key: string) =>
  cache.service.getOrSet(refOf(key), async () => {
    loads.push(key);
    return `clinic ${key}`;
  });

/** The first process serves it often enough to be noted, and the shared tier has it. */
async function serveOften(...keys: readonly string[]): Promise<void> {
  for (const key of keys) {
    await readBy(first, key);
    await readBy(first, key);
  }
  await untilAnswer(
    () => servers.entryKeys(),
    (found) => found.length >= keys.length,
  );
}

/** What the first process does every half minute. */
const note = () =>
  new HotEntries(
    servers.redis,
    servers.namespace,
    first.memory,
    new RedisTier(servers.redis, servers.namespace, 'v1'),
    first.statistics,
  ).note();

const forgetSharedEntries = async (): Promise<void> => {
  const keys = await servers.entryKeys();
  if (keys.length > 0) await servers.redis.del(keys);
};

describe('a process that starts', () => {
  it('has in its memory what others serve most', async () => {
    await serveOften('a', 'b');
    await note();
    const second = await servers.startedProcess();
    expect([second.memory.get('a'), second.memory.get('b')].map((entry) => entry?.payload.text())).toEqual([
      '"clinic a"',
      '"clinic b"',
    ]);
  });

  it('serves it without the shared tier', async () => {
    await serveOften('a');
    await note();
    const second = await servers.startedProcess();
    await forgetSharedEntries();
    const { outcome } = await second.reads.read(refOf('a'), () => Promise.reject(new Error('nothing is to be loaded')));
    expect(outcome).toBe('HIT');
  });

  it('does not serve what was written since it was noted', async () => {
    await serveOften('a');
    await note();
    await first.service.invalidate(refOf('a').tags);
    const second = await servers.startedProcess();
    loads = [];
    await readBy(second, 'a');
    expect(loads).toEqual(['a']);
  });

  it('does not serve what is written after it has started', async () => {
    await serveOften('a');
    await note();
    const second = await servers.startedProcess();
    await first.service.invalidate(refOf('a').tags);
    loads = [];
    await readBy(second, 'a');
    expect(loads).toEqual(['a']);
  });

  it('counts what it serves for the right resource', async () => {
    await serveOften('a');
    await note();
    const second = await servers.startedProcess();
    await readBy(second, 'a');
    expect(second.statistics.of('clinics').hits).toBe(1);
  });

  it('lets it live no longer than the others do', async () => {
    await serveOften('a');
    await note();
    const second = await servers.startedProcess();
    const left = (second.memory.get('a')?.freshUntilMs ?? Number.POSITIVE_INFINITY) - performance.now();
    expect(left).toBeLessThanOrEqual(66_000);
  });

  it('begins empty where garbage was noted', async () => {
    await servers.redis.set(`${servers.namespace}:hot-entries`, 'garbage');
    const second = await servers.startedProcess();
    expect(second.memory.size).toBe(0);
  });

  it('begins empty where nothing was noted', async () => {
    const second = await servers.startedProcess();
    expect(second.memory.size).toBe(0);
  });

  it('leaves out what the shared tier has lost', async () => {
    await serveOften('a');
    await note();
    await forgetSharedEntries();
    const second = await servers.startedProcess();
    expect(second.memory.size).toBe(0);
  });

  it('of another schema begins empty', async () => {
    await serveOften('a');
    await note();
    const second = await servers.startedProcess({ schema: 'v2' });
    expect(second.memory.size).toBe(0);
  });
});

describe('what is noted', () => {
  it('is not what was asked for once', async () => {
    await serveOften('a');
    await readBy(first, 'b');
    await note();
    const second = await servers.startedProcess();
    expect(second.memory.get('b')).toBeUndefined();
  });

  it('stays when a process that serves nothing has nothing to note', async () => {
    await serveOften('a');
    await note();
    first.memory.clear();
    await note();
    const second = await servers.startedProcess();
    expect(second.memory.get('a')).toBeDefined();
  });
});
