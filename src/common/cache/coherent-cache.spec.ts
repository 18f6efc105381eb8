import { beforeEach, describe, expect, it } from '@jest/globals';
import { type CacheRef, CoherentCache } from './coherent-cache.js';
import { Fences, LEASE_MS } from './fences.js';
import { Entry, MemoryTier } from './memory-tier.js';
import { Payload } from './payload.js';
import type { SharedTier, StoredEntry } from './shared-tier.js';
import { CacheStatistics } from './statistics.js';
import { CONFIRM_AHEAD_MS, READ_LEASE_MS, TagVersions } from './tag-versions.js';

type States = readonly (string | null)[];

let nowMs: number;
/** Questions to the store, each to be answered by the test. */
let questions: PromiseWithResolvers<States>[];
let changed: { id: string; tags: readonly string[]; pending: boolean }[];
let fences: Fences;
let versions: TagVersions;
let statistics: CacheStatistics;
/** What other processes have stored, and until when what this one has stored is kept. */
let stored: Map<string, StoredEntry>;
let kept: Map<string, number | undefined>;
let cache: CoherentCache;
let entry: Entry;

beforeEach(async () => {
  nowMs = 0;
  // Those of one test are not those of the next.
  const asked: typeof questions = [];
  questions = asked;
  changed = [];
  const store = {
    fetch: () => {
      const question = Promise.withResolvers<States>();
      asked.push(question);
      return question.promise;
    },
    mark: () => Promise.resolve(),
    release: () => Promise.resolve(),
  };
  const log = { open: () => Promise.resolve(), end: () => Promise.resolve(), changed: async () => changed };
  const clock = { now: () => nowMs, sleep: () => Promise.resolve() };
  fences = new Fences(log, () => Promise.resolve(), clock);
  await fences.check();
  versions = new TagVersions(store, fences, setImmediate, clock.now);
  statistics = new CacheStatistics();
  stored = new Map();
  kept = new Map();
  const shared: SharedTier = {
    get: async (keys) => keys.map((key) => stored.get(key)),
    set: async (key, _entry, keptMs) => void kept.set(key, keptMs),
    usedBytes: async () => undefined,
  };
  const memory = new MemoryTier(1_000_000);
  cache = new CoherentCache({ versions, memory, shared, statistics }, clock.now, () => 0.5);
  entry = new Entry(statistics.of('clinics'), ['a'], ['v1'], Payload.ofText('1'), 0, Number.POSITIVE_INFINITY);
});

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Asks, and has the answer take so long. */
const confirm = async (states: States = ['v1'], tookMs = 0) => {
  const confirmed = cache.confirm(entry);
  await settled();
  nowMs += tookMs;
  questions.at(-1)?.resolve(states);
  return confirmed;
};

describe('an entry', () => {
  it('does not hold before it was confirmed', () => {
    expect(cache.holds(entry)).toBe(false);
  });

  it.each<[string, States]>([
    ['has another version', ['v2']],
    ['is being written', [null]],
  ])('is not confirmed when its tag %s, and does not hold', async (_, states) => {
    expect(await confirm(states)).not.toBe(true);
    expect(cache.holds(entry)).toBe(false);
  });

  it('that is not confirmed gives the versions, so that nobody asks again', async () => {
    const found = await confirm(['v2']);
    expect(found === true ? undefined : found?.stampOf(['a'])).toEqual(['v2']);
  });

  it('is not confirmed while nothing may be served', async () => {
    versions.suspended = true;
    expect(await cache.confirm(entry)).toBeUndefined();
  });

  it('holds without a question when it was confirmed', async () => {
    expect(await confirm()).toBe(true);
    expect(cache.holds(entry)).toBe(true);
    expect(questions).toHaveLength(1);
  });

  it('holds no longer than the lease', async () => {
    await confirm();
    nowMs += READ_LEASE_MS;
    expect(cache.holds(entry)).toBe(false);
  });

  it('holds for a time that counts from the question, not from the answer', async () => {
    await confirm(['v1'], READ_LEASE_MS - 1);
    expect(cache.holds(entry)).toBe(true);
    nowMs += 1;
    expect(cache.holds(entry)).toBe(false);
  });

  it('does not hold at all after an answer that took longer than the lease', async () => {
    expect(await confirm(['v1'], READ_LEASE_MS)).toBe(true);
    expect(cache.holds(entry)).toBe(false);
  });
});

describe('those who wait for an entry to be confirmed', () => {
  let told: (true | string | undefined)[];
  const wait = () =>
    cache.whenConfirmed(entry, (held) => told.push(held === true ? true : held?.stampOf(['a'])?.join()));

  beforeEach(() => {
    told = [];
  });

  it('in one turn are told by one question, and it holds from then on', async () => {
    for (const _ of [1, 2, 3]) wait();
    await settled();
    expect([questions.length, told]).toEqual([1, []]);
    questions[0]?.resolve(['v1']);
    await settled();
    expect([questions.length, told, cache.holds(entry)]).toEqual([1, [true, true, true], true]);
  });

  it('when a question has been sent are told by the next one: its answer may be older than they are', async () => {
    wait();
    await settled();
    wait();
    await settled();
    questions[0]?.resolve(['v1']);
    await settled();
    expect([questions.length, told]).toEqual([2, [true]]);
    questions[1]?.resolve(['v2']);
    await settled();
    expect(told).toEqual([true, 'v2']);
  });

  it('get the versions when it is void', async () => {
    wait();
    await settled();
    questions[0]?.resolve(['v2']);
    await settled();
    expect([told, cache.holds(entry)]).toEqual([['v2'], false]);
  });

  it('are all told, each time, while nothing may be served', async () => {
    versions.suspended = true;
    for (const count of [2, 4]) {
      wait();
      wait();
      await settled();
      expect(told.map((held) => held === undefined)).toEqual(Array(count).fill(true));
    }
    expect(questions).toEqual([]);
  });
});

describe('an entry that was confirmed does not hold any more', () => {
  beforeEach(() => confirm());

  it('when its tag is fenced', async () => {
    changed = [{ id: 'fence', tags: ['a'], pending: true }];
    await fences.check();
    expect(cache.holds(entry)).toBe(false);
  });

  it('but holds when another tag is', async () => {
    changed = [{ id: 'fence', tags: ['b'], pending: true }];
    await fences.check();
    expect(cache.holds(entry)).toBe(true);
  });

  it('when tags were given fresh versions at the end of a fence', async () => {
    changed = [{ id: 'fence', tags: ['b'], pending: false }];
    await fences.check();
    expect(cache.holds(entry)).toBe(false);
  });

  it('when nothing is served from the cache', () => {
    versions.suspended = true;
    expect(cache.holds(entry)).toBe(false);
  });

  it('when the fences are not known any more', async () => {
    nowMs = LEASE_MS - 2;
    await confirm();
    nowMs += 1;
    expect(cache.holds(entry)).toBe(true);
    nowMs += 1;
    expect(cache.holds(entry)).toBe(false);
  });
});

describe('an entry that is asked for shortly before its lease is over', () => {
  const asked = async (): Promise<boolean> => {
    const holds = cache.holds(entry);
    await settled();
    return holds;
  };
  beforeEach(async () => {
    await confirm();
    nowMs = READ_LEASE_MS - CONFIRM_AHEAD_MS + 0.5;
  });

  it('holds, and is confirmed ahead', async () => {
    expect(await asked()).toBe(true);
    questions[1]?.resolve(['v1']);
    await settled();
    nowMs += READ_LEASE_MS - 0.5;
    expect(cache.holds(entry)).toBe(true);
  });

  it('is confirmed once, however often it is asked for', async () => {
    await asked();
    await asked();
    questions[1]?.resolve(['v1']);
    await settled();
    expect(questions).toHaveLength(2);
  });

  it('is confirmed ahead again the next time', async () => {
    await asked();
    questions[1]?.resolve(['v1']);
    await settled();
    nowMs += READ_LEASE_MS - 1;
    await asked();
    expect(questions).toHaveLength(3);
  });

  it('holds to the end of its lease and no longer when it is found to be void', async () => {
    await asked();
    questions[1]?.resolve([null]);
    await settled();
    expect(cache.holds(entry)).toBe(true);
    nowMs = READ_LEASE_MS;
    expect(cache.holds(entry)).toBe(false);
  });

  it('is not confirmed ahead while much of it is left', async () => {
    nowMs = READ_LEASE_MS - CONFIRM_AHEAD_MS;
    await asked();
    expect(questions).toHaveLength(1);
  });
});

describe('what is known while nothing can be loaded', () => {
  const REF: CacheRef = { key: 'clinic 1', resource: 'clinics', tags: ['a'], ttlMs: 1_000, staleMs: 600_000 };

  /** Loads it, at the time 0. */
  async function load(ref: CacheRef = REF, payload = Payload.ofText('mine')) {
    const reading = cache.read(ref, async () => payload);
    await settled();
    questions.at(-1)?.resolve(['v1']);
    return reading;
  }
  const storedBy = (ageMs: number, text = 'theirs', ttlMs = 1_000 - ageMs): StoredEntry => ({
    stamp: ['v1'],
    payload: Payload.ofText(text),
    ageMs,
    ttlMs,
  });
  const known = async (ref: Pick<CacheRef, 'key' | 'staleMs'> = REF) => {
    const stale = await cache.lastKnown(ref);
    return stale && [stale.payload.text(), stale.ageMs];
  };

  it('is what this process has, with its age, whether it still holds or not', async () => {
    await load();
    nowMs = 0;
    expect(await known()).toEqual(['mine', 0]);
    nowMs = 599_000;
    expect(cache.peek(REF.key)).toBeUndefined();
    expect(await known()).toEqual(['mine', 599_000]);
  });

  it('is what another process has, with its age', async () => {
    stored.set(REF.key, storedBy(20_000));
    expect(await known()).toEqual(['theirs', 20_000]);
  });

  it('is what another process has where what this one has is too old', async () => {
    await load();
    nowMs = 600_001;
    stored.set(REF.key, storedBy(20_000));
    expect(await known()).toEqual(['theirs', 20_000]);
  });

  it('is never older than may be', async () => {
    await load();
    nowMs = 600_001;
    expect(await known()).toBeUndefined();
    stored.set(REF.key, storedBy(600_001));
    expect(await known()).toBeUndefined();
  });

  it('is nothing where nothing stale may be served', async () => {
    await load();
    nowMs = 1;
    stored.set(REF.key, storedBy(1));
    expect(await known({ key: REF.key })).toBeUndefined();
  });

  it('is nothing where nothing was loaded', async () => {
    expect([await known(), statistics.degraded]).toEqual([undefined, 0]);
  });

  it('is counted', async () => {
    await load();
    await known();
    await known();
    expect(statistics.degraded).toBe(2);
  });

  it('stays in Redis for as long as it may be served stale', async () => {
    await load();
    expect(kept.get(REF.key)).toBe(600_000);
    await load({ ...REF, key: 'clinic 2', staleMs: 10 });
    expect(kept.get('clinic 2')).toBeCloseTo(1_000);
  });

  it('is not a hit when its life is over, here or in Redis', async () => {
    await load();
    nowMs = 1_001;
    stored.set(REF.key, storedBy(1_001));
    expect(await load(REF, Payload.ofText('loaded again'))).toMatchObject({ outcome: 'MISS' });
    expect(await known()).toEqual(['loaded again', 0]);
  });

  it('is a hit in Redis to the end of its life', async () => {
    stored.set(REF.key, storedBy(999));
    expect(await load()).toMatchObject({ outcome: 'HIT' });
  });
});
