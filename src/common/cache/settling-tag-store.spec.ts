import { beforeEach, describe, expect, it } from '@jest/globals';
import { SettlingTagStore } from './settling-tag-store.js';
import { COMMIT_WITHIN_MS, SETTLE_MS } from './settling-times.js';
import type { TagStore } from './tag-store.js';

/** A store whose tags stand in the memories that the test says. */
class Store implements TagStore {
  readonly done: string[] = [];
  readonly memories = new Map<string, string | null>();
  memory = 'first';
  ageMs = Number.POSITIVE_INFINITY;
  away = false;

  async fetch(tags: readonly string[]): Promise<readonly (string | null)[]> {
    if (this.away) throw new Error('the store is away');
    return tags.map((tag) => {
      const memory = this.memories.has(tag) ? this.memories.get(tag) : this.memory;
      return memory === null || memory === undefined ? null : `${memory}:v1`;
    });
  }

  async mark(tags: readonly string[], writer: string, ttlMs: number): Promise<void> {
    this.done.push(`mark ${tags} ${writer} ${ttlMs}`);
  }

  async release(tags: readonly string[], writer: string): Promise<void> {
    this.done.push(`release ${tags} ${writer}`);
  }
}

let store: Store;
let nowMs: number;
let settling: SettlingTagStore;
const startProcess = (): void => {
  const clock = { now: () => nowMs, sleep: () => Promise.resolve() };
  settling = new SettlingTagStore(store, async () => store.ageMs, clock);
};
beforeEach(() => {
  store = new Store();
  nowMs = 1_000;
  startProcess();
});

const fetch = (...tags: readonly string[]) => settling.fetch(tags);

describe('the tags of a store', () => {
  it('have their versions', async () => {
    expect(await fetch('a', 'b')).toEqual(['first:v1', 'first:v1']);
  });

  it('count as being written when they are', async () => {
    store.memories.set('b', null);
    expect(await fetch('a', 'b')).toEqual(['first:v1', null]);
  });

  it('are marked and released as ever, settled or not', async () => {
    store.ageMs = 0;
    await fetch('a');
    await settling.mark(['a'], 'writer', 90_000);
    await settling.release(['a'], 'writer');
    expect(store.done).toEqual(['mark a writer 90000', 'release a writer']);
  });

  it('cannot be known while it is away', async () => {
    store.away = true;
    await expect(fetch('a')).rejects.toThrow('the store is away');
  });
});

describe('when the store has come to another memory', () => {
  beforeEach(async () => {
    await fetch('a');
    store.memory = 'second';
  });

  it('all tags count as being written, however long the server has been up', async () => {
    expect(await fetch('a', 'b')).toEqual([null, null]);
  });

  it.each([
    { afterMs: SETTLE_MS - 1, states: [null] },
    { afterMs: SETTLE_MS, states: ['second:v1'] },
  ])('they are $states after $afterMs ms', async ({ afterMs, states }) => {
    await fetch('a');
    nowMs += afterMs;
    expect(await fetch('a')).toEqual(states);
  });

  it('the time counts from when this process has seen it, not from the last question', async () => {
    await fetch('a');
    nowMs += SETTLE_MS / 2;
    await fetch('a');
    nowMs += SETTLE_MS / 2;
    expect(await fetch('a')).toEqual(['second:v1']);
  });

  it('it begins anew with each further memory', async () => {
    await fetch('a');
    nowMs += SETTLE_MS;
    store.memory = 'third';
    expect(await fetch('a')).toEqual([null]);
  });

  it('is not noticed where all that was asked for is being written, but with the first version', async () => {
    store.memories.set('a', null);
    await fetch('a');
    nowMs += SETTLE_MS;
    store.memories.clear();
    expect(await fetch('a')).toEqual([null]);
  });

  it('nothing is young where nothing was asked for', async () => {
    expect(await fetch()).toEqual([]);
  });

  it('tags in the memory of another server, as in a cluster, have their versions', async () => {
    store.memories.set('b', 'first');
    expect(await fetch('a', 'b')).toEqual([null, 'first:v1']);
  });

  it('a commit that is acknowledged has come before that, a second for the age of whole seconds included', () => {
    expect(SETTLE_MS).toBeGreaterThanOrEqual(COMMIT_WITHIN_MS + 1_000);
  });
});

describe('a process that starts', () => {
  it.each([
    { ageMs: 0, leftMs: SETTLE_MS },
    { ageMs: 2_000, leftMs: SETTLE_MS - 2_000 },
  ])('beside a store that has been up for $ageMs ms leaves it alone for $leftMs ms', async ({ ageMs, leftMs }) => {
    store.ageMs = ageMs;
    await fetch('a');
    nowMs += leftMs - 1;
    expect(await fetch('a')).toEqual([null]);
    nowMs += 1;
    expect(await fetch('a')).toEqual(['first:v1']);
  });

  it('beside a store that is older than that relies on it at once', async () => {
    store.ageMs = SETTLE_MS;
    expect(await fetch('a')).toEqual(['first:v1']);
  });
});
