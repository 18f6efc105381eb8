import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { CacheRef, Lookup } from '../../src/common/cache/coherent-cache.js';
import type { Cache } from '../../src/common/cache/create-cache.js';
import { Payload } from '../../src/common/cache/payload.js';
import { untilAnswer } from '../support/until.js';
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
let ids: readonly [string, string, string];
beforeEach(async () => {
  clinics = new ClinicNames(servers.database);
  ids = [randomUUID(), randomUUID(), randomUUID()];
  for (const id of ids) await clinics.rename(cache, id, `clinic ${id}`);
});

const payloadOf = async (id: string) => Payload.ofText(JSON.stringify(await clinics.load(id)));
const read = (by: Cache, id: string) => by.reads.read(clinics.ref(id), () => payloadOf(id));
const idOf = ({ key }: CacheRef): string => key.split(' ')[1] ?? '';

describe('an entry lives', () => {
  const ENTRIES = 300;
  const livesOf = (ref: CacheRef, payload: () => Payload): Promise<readonly number[]> =>
    Promise.all(
      Array.from({ length: ENTRIES }, async () => {
        const key = randomUUID();
        await cache.reads.read({ ...ref, key }, () => Promise.resolve(payload()));
        return (cache.memory.get(key)?.freshUntilMs ?? 0) - performance.now();
      }),
    );

  it('as long as its ref says, give or take a tenth', async () => {
    const lives = await livesOf(clinics.ref(ids[0]), () => Payload.ofText('1'));
    const outside = lives.filter((ms) => ms > 66_000 || ms < 54_000 - 5_000);
    expect(outside).toEqual([]);
  });

  it('not as long as all others, so that they do not end together', async () => {
    const lives = await livesOf(clinics.ref(ids[0]), () => Payload.ofText('1'));
    expect(Math.max(...lives) - Math.min(...lives)).toBeGreaterThan(6_000);
  });

  it('half a minute at most, give or take, when it says that nothing is there', async () => {
    const lives = await livesOf(clinics.ref(ids[0]), () => Payload.absent('no such clinic'));
    expect(Math.max(...lives)).toBeLessThanOrEqual(33_000);
  });

  it('as long as in the process that has loaded it, where it was found in Redis', async () => {
    await read(cache, ids[0]);
    const { answer } = await untilAnswer(
      () => other.reads.mget([clinics.ref(ids[0])]),
      ([found]) => found?.payload !== undefined,
    );
    const [mine, theirs] = [cache, other].map(({ memory }) => memory.get(answer[0]?.ref.key ?? '')?.freshUntilMs ?? 0);
    expect(Math.abs((mine ?? 0) - (theirs ?? 0))).toBeLessThan(1_000);
  });
});

describe('an entry whose life is over', () => {
  it('is known to all processes for as long as it may be stale, and is a hit in none', async () => {
    const ref: CacheRef = { ...clinics.ref(ids[0]), ttlMs: 20, staleMs: 60_000 };
    await cache.reads.read(ref, () => payloadOf(ids[0]));
    const { answer } = await untilAnswer(
      () => other.reads.lastKnown(ref),
      (stale) => stale !== undefined && stale.ageMs > 30,
    );
    expect(answer?.payload.text()).toBe(JSON.stringify(`clinic ${ids[0]}`));
    for (const { reads } of [cache, other]) expect((await reads.mget([ref]))[0]?.payload).toBeUndefined();
  });
});

describe('readMany', () => {
  const loadMany = (missing: readonly CacheRef[]) => Promise.all(missing.map((ref) => payloadOf(idOf(ref))));
  const readMany = (by: Cache, wanted: readonly string[]) =>
    by.reads.readMany(
      wanted.map((id) => clinics.ref(id)),
      loadMany,
    );

  it('gives each in its place, those that are cached and those that are not', async () => {
    await read(cache, ids[1]);
    const found = await readMany(cache, ids);
    expect(found.map(({ payload }) => JSON.parse(payload.text()))).toEqual(ids.map((id) => `clinic ${id}`));
  });

  it('says which were cached', async () => {
    await read(cache, ids[1]);
    expect((await readMany(cache, ids)).map(({ outcome }) => outcome)).toEqual(['MISS', 'HIT', 'MISS']);
  });

  it('loads those that are missing at once, and no others', async () => {
    await read(cache, ids[1]);
    const asked: string[][] = [];
    await cache.reads.readMany(
      ids.map((id) => clinics.ref(id)),
      (missing) => {
        asked.push(missing.map(idOf));
        return loadMany(missing);
      },
    );
    expect(asked).toEqual([[ids[0], ids[2]]]);
  });

  it('loads nothing when all are cached', async () => {
    await readMany(cache, ids);
    const found = await cache.reads.readMany(
      ids.map((id) => clinics.ref(id)),
      () => Promise.reject(new Error('nothing is missing')),
    );
    expect(found.map(({ outcome }) => outcome)).toEqual(['HIT', 'HIT', 'HIT']);
  });

  it('loads each once for two who ask at the same time', async () => {
    const [first, second, third] = ids;
    await Promise.all([readMany(cache, [first, second]), readMany(cache, [second, third])]);
    expect([...clinics.loads].sort()).toEqual([...ids].sort());
  });

  it('fails for all who wait when the load fails', async () => {
    const refs = [clinics.ref(ids[0])];
    const failing = () => cache.reads.readMany(refs, () => Promise.reject(new Error('the database is away')));
    const outcomes = await Promise.allSettled([failing(), failing()]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });

  it('loads anew after a failure', async () => {
    const refs = [clinics.ref(ids[0])];
    await cache.reads.readMany(refs, () => Promise.reject(new Error('the database is away'))).catch(() => undefined);
    expect((await readMany(cache, [ids[0]])).map(({ outcome }) => outcome)).toEqual(['MISS']);
  });

  it('gives what another process has written, at once', async () => {
    await readMany(cache, ids);
    await clinics.rename(other, ids[1], 'Kodiak');
    const found = await readMany(cache, ids);
    expect(JSON.parse(found[1]?.payload.text() ?? '')).toBe('Kodiak');
  });
});

describe('an answer that was made of others', () => {
  const PAGE = 'a page of clinics';
  const keepPage = async (): Promise<void> => {
    const parts = [await read(cache, ids[0]), await read(cache, ids[1])];
    cache.reads.keepComposed(PAGE, parts, Payload.ofText('["page"]'));
  };
  const holds = async (): Promise<boolean> => {
    const entry = cache.reads.peek(PAGE);
    return entry !== undefined && (cache.reads.holds(entry) || (await cache.reads.confirm(entry)) === true);
  };
  beforeEach(() => cache.memory.clear());

  it('holds while all of them do', async () => {
    await keepPage();
    expect(await holds()).toBe(true);
  });

  it.each([
    ['the first', 0],
    ['the last', 1],
  ] as const)('is void when %s of them is', async (_, at) => {
    await keepPage();
    await clinics.rename(other, ids[at], 'Kodiak');
    expect(await holds()).toBe(false);
  });

  it('holds though another clinic is written', async () => {
    await keepPage();
    await clinics.rename(other, ids[2], 'Kodiak');
    expect(await holds()).toBe(true);
  });

  it('lives no longer than the first of them', async () => {
    const [one, two] = [await read(cache, ids[0]), await read(cache, ids[1])];
    const short: Lookup = { ...two, ref: { ...two.ref, ttlMs: 1_000 } };
    cache.reads.keepComposed(PAGE, [one, short], Payload.ofText('["page"]'));
    expect((cache.memory.get(PAGE)?.freshUntilMs ?? 0) - performance.now()).toBeLessThanOrEqual(1_100);
  });

  it('lives no longer than what says that something is not there', async () => {
    const absent = await cache.reads.read(clinics.ref(randomUUID()), async () => Payload.absent('no such clinic'));
    cache.reads.keepComposed(PAGE, [absent], Payload.ofText('[]'));
    expect((cache.memory.get(PAGE)?.freshUntilMs ?? 0) - performance.now()).toBeLessThanOrEqual(40_000);
  });

  it('is not kept when one of them was written between the others', async () => {
    const before = await read(cache, ids[0]);
    await clinics.rename(other, ids[0], 'Kodiak');
    cache.reads.keepComposed(PAGE, [before, await read(cache, ids[0])], Payload.ofText('["page"]'));
    expect(cache.memory.get(PAGE)).toBeUndefined();
  });

  it('is not kept when one of them was not', async () => {
    const past = await cache.reads.bypass(clinics.ref(ids[0]), () => payloadOf(ids[0]));
    cache.reads.keepComposed(PAGE, [await read(cache, ids[1]), past], Payload.ofText('["page"]'));
    expect(cache.memory.get(PAGE)).toBeUndefined();
  });

  it('is not kept when it was made of nothing', () => {
    cache.reads.keepComposed(PAGE, [], Payload.ofText('["page"]'));
    expect(cache.memory.get(PAGE)).toBeUndefined();
  });
});
