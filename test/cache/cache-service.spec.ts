import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Cache } from '../../src/common/cache/create-cache.js';
import { recordTag } from '../../src/common/cache/tags.js';
import { CacheOnServers } from './support/cache-on-servers.js';
import { ClinicNames } from './support/clinic-names.js';

let servers: CacheOnServers;
let cache: Cache;
/** Another process. */
let other: Cache;
beforeAll(async () => {
  servers = await CacheOnServers.open();
  [cache, other] = [await servers.startedProcess(), await servers.startedProcess()];
});
afterAll(() => servers.close());

let clinics: ClinicNames;
let id: string;
beforeEach(async () => {
  clinics = new ClinicNames(servers.database);
  id = randomUUID();
  await clinics.rename(cache, id, 'Port Lions');
});

describe('getOrSet', () => {
  it('gives what is in the database', async () => {
    expect(await clinics.through(cache, id)).toBe('Port Lions');
  });

  it('loads once', async () => {
    await clinics.through(cache, id);
    await clinics.through(cache, id);
    expect(clinics.loads).toEqual([id]);
  });

  it('loads once for all who ask at the same time', async () => {
    const names = await Promise.all(Array.from({ length: 20 }, () => clinics.through(cache, id)));
    expect([new Set(names), clinics.loads]).toEqual([new Set(['Port Lions']), [id]]);
  });

  it('gives what another process has written, at once', async () => {
    await clinics.through(cache, id);
    await clinics.rename(other, id, 'Kodiak');
    expect(await clinics.through(cache, id)).toBe('Kodiak');
  });

  it('remembers that nothing is there', async () => {
    const nobody = randomUUID();
    const names = [await clinics.through(cache, nobody), await clinics.through(cache, nobody)];
    expect([names, clinics.loads]).toEqual([[null, null], [nobody]]);
  });

  it('finds at once what has come to be there', async () => {
    const coming = randomUUID();
    await clinics.through(cache, coming);
    await clinics.rename(other, coming, 'New');
    expect(await clinics.through(cache, coming)).toBe('New');
  });

  it('remembers no failure', async () => {
    const failing = cache.service.getOrSet(clinics.ref(id), () => Promise.reject(new Error('the database is away')));
    await expect(failing).rejects.toThrow('the database is away');
    expect(await clinics.through(cache, id)).toBe('Port Lions');
  });

  it('keeps what JSON can say', async () => {
    const value = { name: 'Zoë', open: [1, null, { at: '08:00' }] };
    await cache.service.getOrSet(clinics.ref(id), () => Promise.resolve(value));
    const kept = await cache.service.getOrSet(clinics.ref(id), () => Promise.reject(new Error('it is kept')));
    expect(kept).toEqual(value);
  });

  it('loads every time where the cache is switched off', async () => {
    const uncached = await servers.startedProcess({ enabled: false });
    await clinics.through(uncached, id);
    await clinics.through(uncached, id);
    expect(clinics.loads).toEqual([id, id]);
  });

  it('gives at once what a process without a cache has written', async () => {
    const uncached = await servers.startedProcess({ enabled: false });
    await clinics.through(cache, id);
    await clinics.rename(uncached, id, 'Kodiak');
    expect(await clinics.through(cache, id)).toBe('Kodiak');
  });
});

describe('mget', () => {
  it('finds what is cached, each in its place', async () => {
    const second = randomUUID();
    await clinics.rename(cache, second, 'Kodiak');
    await clinics.through(cache, id);
    await clinics.through(cache, second);
    const found = await cache.service.mget<string>([second, randomUUID(), id].map((each) => clinics.ref(each)));
    expect(found.map(({ value }) => value)).toEqual(['Kodiak', undefined, 'Port Lions']);
  });

  it('counts what it finds among what is served most', async () => {
    await clinics.through(cache, id);
    await cache.service.mget([clinics.ref(id)]);
    expect(cache.memory.get(clinics.ref(id).key)?.hits).toBe(1);
  });

  it('tells that nothing is there from what is not cached', async () => {
    const nobody = randomUUID();
    await clinics.through(cache, nobody);
    const found = await cache.service.mget<string>([clinics.ref(nobody), clinics.ref(randomUUID())]);
    expect(found.map(({ value }) => value)).toEqual([null, undefined]);
  });

  it('does not find what another process has written since', async () => {
    await clinics.through(cache, id);
    await clinics.rename(other, id, 'Kodiak');
    const [found] = await cache.service.mget<string>([clinics.ref(id)]);
    expect(found?.value).toBeUndefined();
  });
});

describe('mset', () => {
  it('keeps what was loaded after mget has looked for it', async () => {
    const looked = await cache.service.mget<string | null>([clinics.ref(id)]);
    const name = await clinics.load(id);
    cache.service.mset(looked.map((lookup) => [lookup, name]));
    const [found] = await cache.service.mget<string>([clinics.ref(id)]);
    expect(found?.value).toBe('Port Lions');
  });

  it('keeps nothing that was written between', async () => {
    const looked = await cache.service.mget<string | null>([clinics.ref(id)]);
    const name = await clinics.load(id);
    await clinics.rename(other, id, 'Kodiak');
    cache.service.mset(looked.map((lookup) => [lookup, name]));
    const [found] = await cache.service.mget<string>([clinics.ref(id)]);
    expect(found?.value).toBeUndefined();
  });

  it('keeps nothing that is being written', async () => {
    await other.writes.run(async (write) => {
      write.begin();
      await write.prepare([recordTag('clinics', id)], () => Promise.resolve());
      const looked = await cache.service.mget<string>([clinics.ref(id)]);
      cache.service.mset(looked.map((lookup) => [lookup, 'too old']));
    });
    const [found] = await cache.service.mget<string>([clinics.ref(id)]);
    expect(found?.value).toBeUndefined();
  });
});

describe('a wrapped function', () => {
  const wrapped = () =>
    cache.service.wrap(
      (clinic: string) => clinics.load(clinic),
      (clinic) => clinics.ref(clinic),
    );

  it('is called once for the same', async () => {
    const nameOf = wrapped();
    expect([await nameOf(id), await nameOf(id), clinics.loads]).toEqual(['Port Lions', 'Port Lions', [id]]);
  });

  it('is called for each of others', async () => {
    const [nameOf, nobody] = [wrapped(), randomUUID()];
    expect([await nameOf(id), await nameOf(nobody)]).toEqual(['Port Lions', null]);
  });
});

describe('invalidate', () => {
  it.each([
    ['in this process', () => cache],
    ['in others', () => other],
  ])('voids what depends on the tag, %s', async (_, reader) => {
    await clinics.through(reader(), id);
    await cache.service.invalidate([recordTag('clinics', id)]);
    await clinics.through(reader(), id);
    expect(clinics.loads).toEqual([id, id]);
  });

  it('voids nothing else', async () => {
    await clinics.through(cache, id);
    await cache.service.invalidate([recordTag('clinics', randomUUID())]);
    await clinics.through(cache, id);
    expect(clinics.loads).toEqual([id]);
  });
});

describe('warm', () => {
  const wanted = (clinic: string) => ({ ref: clinics.ref(clinic), load: () => clinics.load(clinic) });

  it('has what is wanted in the cache before it is asked for', async () => {
    await cache.service.warm([wanted(id)]);
    await clinics.through(cache, id);
    expect(clinics.loads).toEqual([id]);
  });

  it('tells how many there are, without those that cannot be loaded', async () => {
    const failing = { ref: clinics.ref(randomUUID()), load: () => Promise.reject(new Error('the database is away')) };
    expect(await cache.service.warm([wanted(id), failing, wanted(randomUUID())])).toBe(2);
  });

  it('loads no more at once than it may', async () => {
    let [running, most] = [0, 0];
    const load = async (clinic: string) => {
      running += 1;
      most = Math.max(most, running);
      await clinics.load(clinic);
      running -= 1;
    };
    const ids = Array.from({ length: 12 }, () => randomUUID());
    await cache.service.warm(
      ids.map((clinic) => ({ ref: clinics.ref(clinic), load: () => load(clinic) })),
      3,
    );
    expect(most).toBe(3);
  });
});

describe('clear', () => {
  const provider = { key: 'org provider', resource: 'providers', tags: ['{all}:providers:entries'], ttlMs: 60_000 };
  /** What is still cached, in the other process, of what it has served. */
  const leftAfter = async (clear: () => Promise<void>): Promise<readonly string[]> => {
    await clinics.through(other, id, 'mine');
    await clinics.through(other, id, 'theirs');
    await other.service.getOrSet(provider, () => Promise.resolve('Zoë'));
    await clear();
    const found = await other.service.mget([clinics.ref(id, 'mine'), clinics.ref(id, 'theirs'), provider]);
    return ['mine', 'theirs', 'provider'].filter((_, at) => found[at]?.value !== undefined);
  };

  it.each([
    ['by resource gives up its entries', { resource: 'clinics' }, ['provider']],
    ['by organization gives up what its principals see', { tenant: 'mine' }, ['theirs', 'provider']],
    ['of all gives up everything', 'all' as const, []],
  ])('%s, in all processes', async (_, scope, left) => {
    expect(await leftAfter(() => cache.service.clear(scope))).toEqual(left);
  });

  it('gives their memory back', async () => {
    await clinics.through(cache, id);
    await cache.service.clear('all');
    expect((await cache.service.stats()).memory).toMatchObject({ entries: 0, bytes: 0 });
  });
});

describe('stats', () => {
  let fresh: Cache;
  beforeEach(async () => {
    fresh = await servers.startedProcess();
    for (let read = 0; read < 4; read += 1) await clinics.through(fresh, id);
  });
  const ofClinics = async () => (await fresh.service.stats()).resources['clinics'];

  it('tell hits and misses', async () => {
    expect(await ofClinics()).toMatchObject({ hits: 3, misses: 1, bypasses: 0, stale: 0 });
  });

  it('tell the part of the reads that were hits', async () => {
    expect((await ofClinics())?.hitRate).toBe(0.75);
  });

  it('tell how often and how long was loaded', async () => {
    const { loads, loadMeanMs } = (await ofClinics()) ?? { loads: 0, loadMeanMs: 0 };
    expect([loads, loadMeanMs > 0]).toEqual([1, true]);
  });

  it('tell misses of what a write has voided', async () => {
    await clinics.rename(cache, id, 'Kodiak');
    await clinics.through(fresh, id);
    expect(await ofClinics()).toMatchObject({ misses: 2, stale: 1 });
  });

  it('tell reads past the cache', async () => {
    await cache.writes.run(async (write) => {
      write.begin();
      await write.prepare([recordTag('clinics', id)], () => Promise.resolve());
      await clinics.through(fresh, id);
    });
    expect(await ofClinics()).toMatchObject({ bypasses: 1 });
  });

  it('tell the memory of this process and of Redis', async () => {
    const { memory, redisBytes } = await fresh.service.stats();
    expect([memory.entries, memory.bytes > 512, memory.mostBytes, (redisBytes ?? 0) > 100_000]).toEqual([
      1,
      true,
      2 ** 23,
      true,
    ]);
  });

  it('tell what is served most', async () => {
    expect((await fresh.service.stats()).hottest).toEqual([{ key: `org ${id}`, hits: 3, bytes: 12 }]);
  });

  it('count no violation', async () => {
    expect((await fresh.service.stats()).coherence.violations).toBe(0);
  });
});
