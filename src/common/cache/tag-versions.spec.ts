import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type FenceLog, Fences } from './fences.js';
import type { TagStore } from './tag-store.js';
import { TagVersions, Versions } from './tag-versions.js';

type States = readonly (string | null)[];

interface Call {
  readonly tags: readonly string[];
  readonly reply: PromiseWithResolvers<States>;
}

/** A store whose replies come when the test says so. */
class HandStore implements TagStore {
  readonly calls: Call[] = [];

  fetch(tags: readonly string[]): Promise<States> {
    const reply = Promise.withResolvers<States>();
    this.calls.push({ tags, reply });
    return reply.promise;
  }

  /** Replies to the nth call that each tag has this version, or what is given for it. */
  reply(nth: number, version: string, states: Readonly<Record<string, string | null>> = {}): void {
    const call = this.calls[nth];
    call?.reply.resolve(call.tags.map((tag) => (tag in states ? (states[tag] ?? null) : version)));
  }

  fail(nth: number): void {
    this.calls[nth]?.reply.reject(new Error('the store is away'));
  }

  get asked(): readonly (readonly string[])[] {
    return this.calls.map(({ tags }) => tags);
  }

  mark = () => Promise.resolve();
  release = () => Promise.resolve();
}

const PROBE_MS = 250;

let store: HandStore;
let ends: (() => void)[];
let nowMs: number;
let fences: Fences;
let versions: TagVersions;

const NO_FENCES: FenceLog = {
  open: () => Promise.resolve(),
  end: () => Promise.resolve(),
  changed: () => Promise.resolve([]),
};

const processWith = async (log: FenceLog): Promise<void> => {
  fences = new Fences(log, () => Promise.resolve(), { now: () => nowMs, sleep: () => Promise.resolve() });
  await fences.check();
  versions = new TagVersions(
    store,
    fences,
    (send) => ends.push(send),
    () => nowMs,
  );
};

beforeEach(async () => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
  store = new HandStore();
  ends = [];
  nowMs = 0;
  await processWith(NO_FENCES);
});
afterEach(() => {
  versions.stop();
  jest.useRealTimers();
});

/** Until all that follows from what has happened has happened. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** The turn of the event loop is over. */
const endTurn = async (): Promise<void> => {
  for (const end of ends.splice(0)) end();
  await settled();
};

const ask = (...tags: readonly string[]) => versions.fetch(tags);

/** What it resolves with if it has resolved: undefined has its own name here. */
const stateOf = (answer: Promise<Versions | undefined>): Promise<unknown> =>
  Promise.race([answer.then((found) => found ?? 'unavailable'), settled().then(() => 'pending')]);

/** A call has found that the store is away. */
const loseStore = async (): Promise<void> => {
  void ask('a');
  await endTurn();
  store.fail(store.calls.length - 1);
  await settled();
};

const probe = async (): Promise<number> => {
  jest.advanceTimersByTime(PROBE_MS);
  await settled();
  return store.calls.length - 1;
};

describe('questions of one turn', () => {
  it('are one call', async () => {
    void ask('a', 'b');
    void ask('b', 'c');
    await endTurn();
    expect(store.asked).toEqual([['a', 'b', 'c']]);
  });

  it('are not sent before the turn is over', async () => {
    void ask('a');
    await settled();
    expect(store.asked).toEqual([]);
  });

  it('know when they were sent, not when they were answered', async () => {
    const answer = ask('a');
    await endTurn();
    nowMs += 3;
    store.reply(0, 'v1');
    expect((await answer)?.askedAtMs).toBe(0);
  });

  it('are answered each for its tags', async () => {
    const answers = [ask('a'), ask('b', 'a')];
    await endTurn();
    store.reply(0, 'v1', { b: 'v2' });
    const [one, other] = await Promise.all(answers);
    expect([one?.stampOf(['a']), other?.stampOf(['b', 'a'])]).toEqual([['v1'], ['v2', 'v1']]);
  });
});

describe('questions that come while a call is under way', () => {
  it('never join it', async () => {
    void ask('a');
    await endTurn();
    const late = ask('a');
    store.reply(0, 'older');
    await endTurn();
    store.reply(1, 'newer');
    expect((await late)?.stampOf(['a'])).toEqual(['newer']);
  });

  it('gather, over all turns, in one that follows it', async () => {
    void ask('a');
    await endTurn();
    for (const tag of ['b', 'c', 'd']) {
      void ask(tag);
      await endTurn();
    }
    expect(store.asked).toEqual([['a']]);
    store.reply(0, 'v1');
    await settled();
    expect(store.asked).toEqual([['a'], ['b', 'c', 'd']]);
  });

  it('are answered at once when the store is found to be away', async () => {
    void ask('a');
    await endTurn();
    const late = ask('b');
    await endTurn();
    store.fail(0);
    await settled();
    expect(await stateOf(late)).toBe('unavailable');
  });

  it('wait for the end of their turn though it has been answered', async () => {
    void ask('a');
    await endTurn();
    void ask('b');
    store.reply(0, 'v1');
    await settled();
    void ask('c');
    await endTurn();
    expect(store.asked).toEqual([['a'], ['b', 'c']]);
  });
});

describe('a tag that is being written', () => {
  it('leaves its entries without versions', async () => {
    const answer = ask('a', 'b');
    await endTurn();
    store.reply(0, 'v1', { b: null });
    expect((await answer)?.stampOf(['a', 'b'])).toBeNull();
  });

  it('does not keep others from theirs', async () => {
    const answer = ask('a', 'b');
    await endTurn();
    store.reply(0, 'v1', { b: null });
    expect((await answer)?.stampOf(['a'])).toEqual(['v1']);
  });

  it('may be so by a fence alone', async () => {
    const fence = { id: 'fence', tags: ['b'], pending: true };
    await processWith({ ...NO_FENCES, changed: () => Promise.resolve([fence]) });
    const answer = ask('a', 'b');
    await endTurn();
    store.reply(0, 'v1');
    const found = await answer;
    expect([found?.stampOf(['a']), found?.stampOf(['b'])]).toEqual([['v1'], null]);
  });
});

describe('nothing may be served from the cache', () => {
  it('when the fences are not known any more as the reply comes', async () => {
    const answer = ask('a');
    await endTurn();
    nowMs = 2_000;
    store.reply(0, 'v1');
    expect(await stateOf(answer)).toBe('unavailable');
  });

  it('when the end of a fence was seen since the store was asked, as the reply may be from before', async () => {
    const ended = { id: 'fence', tags: ['b'], pending: false };
    let readings = 0;
    await processWith({ ...NO_FENCES, changed: () => Promise.resolve(readings++ === 0 ? [] : [ended]) });
    const answer = ask('a');
    await endTurn();
    await fences.check();
    store.reply(0, 'v1');
    expect(await stateOf(answer)).toBe('unavailable');
  });

  it('when the store fails', async () => {
    const answer = ask('a');
    await endTurn();
    store.fail(0);
    expect(await stateOf(answer)).toBe('unavailable');
  });

  it('while it is suspended', async () => {
    versions.suspended = true;
    expect(await stateOf(ask('a'))).toBe('unavailable');
  });

  it('and nobody asks while it is suspended', async () => {
    versions.suspended = true;
    void ask('a');
    await endTurn();
    expect(store.asked).toEqual([]);
  });
});

describe('while the store is away', () => {
  beforeEach(loseStore);

  it('answers come at once', async () => {
    expect(await stateOf(ask('a'))).toBe('unavailable');
  });

  it('no question is sent', async () => {
    void ask('b');
    await endTurn();
    expect(store.asked).toEqual([['a']]);
  });

  it('it is known to be', () => {
    expect(versions.available).toBe(false);
  });

  it('it is looked for, without tags', async () => {
    await probe();
    expect(store.asked.at(-1)).toEqual([]);
  });

  it('it stays so while nobody finds it', async () => {
    store.fail(await probe());
    await settled();
    expect(versions.available).toBe(false);
  });

  it('questions are sent again when it is found', async () => {
    store.reply(await probe(), 'v1');
    await settled();
    const answer = ask('a');
    await endTurn();
    store.reply(store.calls.length - 1, 'v2');
    expect((await answer)?.stampOf(['a'])).toEqual(['v2']);
  });

  it('nobody looks for it once it is found', async () => {
    store.reply(await probe(), 'v1');
    await settled();
    const { length } = store.calls;
    await probe();
    expect(store.calls).toHaveLength(length);
  });

  it('nobody looks for it after the end', async () => {
    versions.stop();
    await probe();
    expect(store.asked).toEqual([['a']]);
  });
});

describe('known versions', () => {
  const known = new Versions(
    new Map([
      ['a', 'v1'],
      ['b', null],
    ]),
    0,
    0,
  );

  it.each([
    ['are those of an entry with the same', ['a'], ['v1'], true],
    ['are not those of an entry with others', ['a'], ['v0'], false],
    ['are not those of an entry whose tag is being written', ['a', 'b'], ['v1', 'v2'], false],
    ['are not those of an entry whose tag was not asked for', ['c'], ['v3'], false],
  ])('%s', (_, tags, stamp, are) => {
    expect(known.are(tags, stamp)).toBe(are);
  });

  it('make no stamp of a tag that was not asked for', () => {
    expect(known.stampOf(['a', 'c'])).toBeNull();
  });
});
