import { beforeEach, describe, expect, it } from '@jest/globals';
import { CoherentCache } from './coherent-cache.js';
import { Fences, LEASE_MS } from './fences.js';
import { Entry, MemoryTier } from './memory-tier.js';
import { Payload } from './payload.js';
import { CacheStatistics } from './statistics.js';
import { CONFIRM_AHEAD_MS, READ_LEASE_MS, TagVersions } from './tag-versions.js';

type States = readonly (string | null)[];

let nowMs: number;
/** Questions to the store, each to be answered by the test. */
let questions: PromiseWithResolvers<States>[];
let changed: { id: string; tags: readonly string[]; pending: boolean }[];
let fences: Fences;
let versions: TagVersions;
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
  const statistics = new CacheStatistics();
  const shared = { get: async () => [], set: async () => undefined, usedBytes: async () => undefined };
  cache = new CoherentCache({ versions, memory: new MemoryTier(1_000_000), shared, statistics }, clock.now);
  entry = new Entry(statistics.of('clinics'), ['a'], ['v1'], Payload.ofText('1'), Number.POSITIVE_INFINITY);
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
