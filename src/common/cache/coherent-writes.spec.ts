import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { CoherentWrites, MARK_TTL_MS, type OpenWrite, type WritePolicy, WriteRefused } from './coherent-writes.js';
import { type Clock, type FenceLog, LEASE_MS } from './fences.js';
import type { TagStore } from './tag-store.js';
import { READ_LEASE_MS } from './tag-versions.js';

const RELEASE_AGAIN_MS = 500;
/** A timer may fire a little early. */
const READ_LEASE_IS_OVER = `sleep ${READ_LEASE_MS + 1}`;

/** Everything that is done, in order; what fails, and what waits until the test lets it go. */
class World implements TagStore, FenceLog, Clock {
  readonly done: string[] = [];
  readonly markedForMs: number[] = [];
  readonly writers = new Set<string>();
  readonly fails = new Set<'mark' | 'release' | 'open' | 'end'>();
  readonly waits = new Map<string, Promise<unknown>>();
  storeIsAway = false;

  fetch = () => Promise.resolve([]);
  changed = () => Promise.resolve([]);
  now = () => 0;

  async mark(tags: readonly string[], writer: string, ttlMs: number): Promise<void> {
    this.markedForMs.push(ttlMs);
    this.writers.add(writer);
    await this.step('mark', tags);
  }

  async release(tags: readonly string[], writer: string): Promise<void> {
    this.writers.add(writer);
    await this.step('release', tags);
  }

  open = (_: string, tags: readonly string[]) => this.step('open', tags);
  end = () => this.step('end');
  sleep = async (ms: number): Promise<void> => {
    this.done.push(`sleep ${ms}`);
    await this.waits.get('sleep');
  };

  private async step(name: 'mark' | 'release' | 'open' | 'end', tags: readonly string[] = []): Promise<void> {
    await this.waits.get(name);
    this.done.push([name, ...tags].join(' '));
    if (this.fails.has(name)) throw new Error(`${name} failed`);
  }
}

let world: World;
let writes: CoherentWrites;
const writesUnder = (policy: WritePolicy): void => {
  writes = new CoherentWrites(world, world, policy, world, () => world.storeIsAway);
};
beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
  world = new World();
  writesUnder('fenced');
});
afterEach(() => {
  writes.stop();
  jest.useRealTimers();
});

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const endFence = async (): Promise<void> => void world.done.push('end fence within');

/** A write in one attempt that touches these tags. */
const touching =
  (...tags: readonly string[]) =>
  async (open: OpenWrite): Promise<string> => {
    open.begin();
    world.done.push('write');
    await open.prepare(tags, endFence);
    world.done.push('commit');
    return 'written';
  };

/** A write that fails with this before its last step. */
const failingEarly = async (open: OpenWrite): Promise<never> => {
  open.begin();
  throw new Error('no such clinic');
};

/** A write that the database confirms never. */
const withoutResult = async (open: OpenWrite): Promise<never> => {
  await touching('a')(open);
  throw new Error('connection lost');
};

describe('a write', () => {
  it('marks its tags, commits, and releases them', async () => {
    await writes.run(touching('a', 'b'));
    expect(world.done).toEqual(['write', 'mark a b', READ_LEASE_IS_OVER, 'commit', 'release a b']);
  });

  it('gives its result', async () => {
    expect(await writes.run(touching('a'))).toBe('written');
  });

  it('does not commit before its tags are marked', async () => {
    const marked = Promise.withResolvers<void>();
    world.waits.set('mark', marked.promise);
    void writes.run(touching('a'));
    await settled();
    expect(world.done).not.toContain('commit');
  });

  it('does not commit before the entries that were confirmed before its mark have to be confirmed again', async () => {
    const slept = Promise.withResolvers<void>();
    world.waits.set('sleep', slept.promise);
    void writes.run(touching('a'));
    await settled();
    expect(world.done).toEqual(['write', 'mark a', READ_LEASE_IS_OVER]);
    slept.resolve();
    await settled();
    expect(world.done).toContain('commit');
  });

  it('waits so in each of its attempts', async () => {
    await writes.run(async (open) => {
      await touching('a')(open);
      return touching('a')(open);
    });
    expect(world.done.filter((what) => what === READ_LEASE_IS_OVER)).toHaveLength(2);
  });

  it('is not acknowledged before its tags are released', async () => {
    const released = Promise.withResolvers<void>();
    world.waits.set('release', released.promise);
    const acknowledged = writes.run(touching('a')).then(() => 'acknowledged');
    expect(await Promise.race([acknowledged, settled().then(() => 'not yet')])).toBe('not yet');
  });

  it('marks its tags for longer than it can live: 20 s of repeating, and 60 of its transaction', async () => {
    await writes.run(touching('a'));
    expect(world.markedForMs).toEqual([MARK_TTL_MS]);
    expect(MARK_TTL_MS).toBeGreaterThan(80_000);
  });

  it('is one writer, of its own name', async () => {
    await Promise.all([writes.run(touching('a')), writes.run(touching('a'))]);
    expect(world.writers.size).toBe(2);
  });

  it('that touches nothing asks for nothing', async () => {
    await writes.run(touching());
    expect(world.done).toEqual(['write', 'commit']);
  });

  it('releases what each of its attempts has touched', async () => {
    await writes.run(async (open) => {
      await touching('a')(open);
      return touching('b')(open);
    });
    expect(world.done.at(-1)).toBe('release a b');
  });
});

describe('a write that fails', () => {
  it('before it has marked anything releases nothing', async () => {
    await expect(writes.run(failingEarly)).rejects.toThrow('no such clinic');
    expect(world.done).toEqual([]);
  });

  it('in a later attempt releases what an earlier one has marked', async () => {
    const failing = writes.run(async (open) => {
      await touching('a')(open);
      await failingEarly(open);
    });
    await expect(failing).rejects.toThrow('no such clinic');
    expect(world.done.at(-1)).toBe('release a');
  });

  it('with its commit sent releases nothing, as nobody knows whether it was made', async () => {
    await expect(writes.run(withoutResult)).rejects.toThrow('connection lost');
    expect(world.done).not.toContain('release a');
  });

  it('with its commit sent gives its tags fresh versions when it cannot come any more', async () => {
    await expect(writes.run(withoutResult)).rejects.toThrow('connection lost');
    jest.advanceTimersByTime(MARK_TTL_MS);
    await settled();
    expect(world.done.at(-1)).toBe('release a');
  });
});

describe('a release that cannot be made', () => {
  beforeEach(() => {
    world.fails.add('release');
  });
  const later = async (ms = RELEASE_AGAIN_MS): Promise<void> => {
    jest.advanceTimersByTime(ms);
    await settled();
  };
  const releases = () => world.done.filter((what) => what.startsWith('release'));

  it('does not fail the write', async () => {
    expect(await writes.run(touching('a'))).toBe('written');
  });

  it('is made up for', async () => {
    await writes.run(touching('a'));
    world.fails.clear();
    await later();
    expect(releases()).toEqual(['release a', 'release a']);
  });

  it('is made up for as the same writer', async () => {
    await writes.run(touching('a'));
    world.fails.clear();
    await later();
    expect(world.writers.size).toBe(1);
  });

  it('is tried until it succeeds', async () => {
    await writes.run(touching('a'));
    await later();
    await later();
    world.fails.clear();
    await later();
    expect(releases()).toHaveLength(4);
  });

  it('is not made again after that', async () => {
    await writes.run(touching('a'));
    world.fails.clear();
    await later();
    await later();
    expect(releases()).toHaveLength(2);
  });

  it('is forgotten when it was made up for, whatever is owed later', async () => {
    await writes.run(touching('a'));
    world.fails.clear();
    await later();
    world.fails.add('release');
    await writes.run(touching('b'));
    world.fails.clear();
    await later();
    expect(releases()).toEqual(['release a', 'release a', 'release b', 'release b']);
  });

  it('is made up for with all others', async () => {
    await writes.run(touching('a'));
    await writes.run(touching('b'));
    world.fails.clear();
    await later();
    expect(releases().slice(2)).toEqual(['release a', 'release b']);
  });

  it('is not waited for while the store is known to be away', async () => {
    world.fails.clear();
    await writes.run(async (open) => {
      await touching('a')(open);
      world.storeIsAway = true;
    });
    expect(releases()).toEqual([]);
    await later();
    expect(releases()).toEqual(['release a']);
  });

  it('is given up at the end', async () => {
    await writes.run(touching('a'));
    writes.stop();
    world.fails.clear();
    await later();
    expect(releases()).toHaveLength(1);
  });
});

describe('a write that cannot mark its tags', () => {
  beforeEach(() => {
    world.fails.add('mark');
  });
  const sinceThen = (what: string) => world.done.slice(world.done.indexOf(what) + 1);

  it('is announced, waits until every process knows, and ends its fence as it commits', async () => {
    await writes.run(touching('a'));
    expect(sinceThen('mark a')).toEqual([
      'open a',
      `sleep ${LEASE_MS}`,
      'write',
      'end fence within',
      'commit',
      'release a',
    ]);
  });

  it('has written nothing before that', async () => {
    await writes.run(touching('a'));
    expect(world.done.indexOf('commit')).toBeGreaterThan(world.done.indexOf(`sleep ${LEASE_MS}`));
  });

  it('does not wait where the policy is to be available', async () => {
    writesUnder('available');
    await writes.run(touching('a'));
    expect(sinceThen('mark a')).toEqual(['open a', 'write', 'end fence within', 'commit', 'release a']);
  });

  it('is refused where the policy is strict', async () => {
    writesUnder('strict');
    await expect(writes.run(touching('a'))).rejects.toThrow(WriteRefused);
  });

  it('is refused without a commit or a fence', async () => {
    writesUnder('strict');
    await writes.run(touching('a')).catch(() => undefined);
    // The mark may have come through all the same.
    expect(world.done).toEqual(['write', 'mark a', 'release a']);
  });

  it('does not try where the store is known to be away', async () => {
    world.storeIsAway = true;
    await writes.run(touching('a'));
    expect(world.done).toEqual(['write', 'open a', `sleep ${LEASE_MS}`, 'write', 'end fence within', 'commit']);
  });

  it('fails when its fence cannot be opened', async () => {
    world.fails.add('open');
    await expect(writes.run(touching('a'))).rejects.toThrow('open failed');
    expect(world.done).not.toContain('commit');
  });

  it('releases what it may have marked when its fence cannot be opened', async () => {
    world.fails.add('open');
    await writes.run(touching('a')).catch(() => undefined);
    expect(world.done).toContain('release a');
  });

  it('fails when others have ended its fence, and does not commit', async () => {
    const late = writes.run(async (open) => {
      open.begin();
      await open.prepare(['a'], () => Promise.reject(new Error('the write comes too late')));
      world.done.push('commit');
    });
    await expect(late).rejects.toThrow('the write comes too late');
    expect(world.done).not.toContain('commit');
  });

  it('ends its fence when it fails before the commit', async () => {
    let attempts = 0;
    const failing = writes.run((open) => {
      attempts += 1;
      return attempts === 1 ? touching('a')(open) : failingEarly(open);
    });
    await expect(failing).rejects.toThrow('no such clinic');
    expect(world.done.at(-1)).toBe('end');
  });

  it('leaves its fence when its commit may have been made', async () => {
    await expect(writes.run(withoutResult)).rejects.toThrow('connection lost');
    expect(world.done).not.toContain('end');
  });

  it('announces all anew when it comes to touch more behind its fence', async () => {
    let attempts = 0;
    await writes.run((open) => {
      attempts += 1;
      return touching(...(attempts === 1 ? ['a'] : ['a', 'b']))(open);
    });
    expect(world.done.filter((what) => what.startsWith('open') || what === 'end')).toEqual([
      'open a',
      'end',
      'open a b',
    ]);
  });

  it('waits again behind the wider fence', async () => {
    let attempts = 0;
    await writes.run((open) => {
      attempts += 1;
      return touching(...(attempts === 1 ? ['a'] : ['a', 'b']))(open);
    });
    expect(sinceThen('open a b')).toEqual([`sleep ${LEASE_MS}`, 'write', 'end fence within', 'commit', 'release a b']);
  });

  it('needs no wider fence to touch less', async () => {
    let attempts = 0;
    await writes.run((open) => {
      attempts += 1;
      return touching(...(attempts === 1 ? ['a', 'b'] : ['b']))(open);
    });
    expect(world.done.filter((what) => what.startsWith('open'))).toEqual(['open a b']);
  });
});

describe('invalidation', () => {
  it('gives the tags fresh versions', async () => {
    await writes.invalidate(['a', 'b']);
    expect(world.done).toEqual(['release a b', 'sleep 6']);
  });

  it('of nothing asks for nothing', async () => {
    await writes.invalidate([]);
    expect(world.done).toEqual([]);
  });

  it('fails when it cannot be made', async () => {
    world.fails.add('release');
    await expect(writes.invalidate(['a'])).rejects.toThrow('release failed');
  });
});
