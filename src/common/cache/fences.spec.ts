import { beforeEach, describe, expect, it } from '@jest/globals';
import { CHECK_EVERY_MS, type Clock, FENCE_LIFE_MS, type Fence, type FenceLog, Fences, LEASE_MS } from './fences.js';

/** Fences in memory; tells of each as it is now, at every reading. */
class MemoryFenceLog implements FenceLog {
  readonly fences = new Map<string, Fence>();
  /** What is done while a reading is under way. */
  during: () => void = () => undefined;
  refusesToEnd = false;

  async open(id: string, tags: readonly string[]): Promise<void> {
    this.fences.set(id, { id, tags, pending: true });
  }

  async end(id: string): Promise<void> {
    if (this.refusesToEnd) throw new Error('the database is away');
    const fence = this.fences.get(id);
    if (fence !== undefined) this.fences.set(id, { ...fence, pending: false });
  }

  async changed(): Promise<readonly Fence[]> {
    const fences = [...this.fences.values()];
    this.during();
    return fences;
  }
}

class HandClock implements Clock {
  ms = 0;
  now = () => this.ms;
  sleep = () => Promise.resolve();
}

let log: MemoryFenceLog;
let clock: HandClock;
let renewed: string[];
/** What is done when tags are to be given fresh versions. */
let renewing: () => Promise<void>;
let fences: Fences;
beforeEach(() => {
  log = new MemoryFenceLog();
  clock = new HandClock();
  renewed = [];
  renewing = () => Promise.resolve();
  fences = new Fences(
    log,
    async (tags) => {
      await renewing();
      renewed.push(...tags);
    },
    clock,
  );
});

const fails = () => Promise.reject(new Error('the store is away'));

describe('a process serves from its cache', () => {
  it('not before it has read the fences', () => {
    expect(fences.maybeServed()).toBe(false);
  });

  it('after a reading', async () => {
    await fences.check();
    expect(fences.maybeServed()).toBe(true);
  });

  it.each([
    ['until just before its lease is over', LEASE_MS - 1, true],
    ['not when its lease is over', LEASE_MS, false],
  ])('%s', async (_, ms, served) => {
    await fences.check();
    clock.ms += ms;
    expect(fences.maybeServed()).toBe(served);
  });

  it('for a time that counts from the beginning of the reading', async () => {
    log.during = () => {
      clock.ms += 1_500;
    };
    await fences.check();
    clock.ms += LEASE_MS - 1_500;
    expect(fences.maybeServed()).toBe(false);
  });

  it('not at all after a reading that took longer than the lease', async () => {
    log.during = () => {
      clock.ms += LEASE_MS;
    };
    await fences.check();
    expect(fences.maybeServed()).toBe(false);
  });

  it('no longer because of a reading that failed', async () => {
    await fences.check();
    clock.ms += 1_000;
    log.during = () => {
      throw new Error('the database is away');
    };
    await expect(fences.check()).rejects.toThrow('the database is away');
    clock.ms += LEASE_MS - 1_000;
    expect(fences.maybeServed()).toBe(false);
  });

  it('again after the next reading', async () => {
    await fences.check();
    clock.ms += LEASE_MS;
    await fences.check();
    expect(fences.maybeServed()).toBe(true);
  });
});

describe('the tags of a fence', () => {
  beforeEach(() => log.open('fence', ['clinic 1', 'lists']));

  it('count as being written when it is seen', async () => {
    await fences.check();
    expect(['clinic 1', 'lists', 'clinic 2'].map((tag) => fences.isFenced(tag))).toEqual([true, true, false]);
  });

  it('get no fresh versions while it is pending', async () => {
    await fences.check();
    await fences.check();
    expect(renewed).toEqual([]);
  });

  it('get fresh versions when its end is seen', async () => {
    await fences.check();
    await log.end('fence');
    await fences.check();
    expect(renewed).toEqual(['clinic 1', 'lists']);
  });

  it('are free when they have them', async () => {
    await fences.check();
    await log.end('fence');
    await fences.check();
    expect(fences.isFenced('clinic 1')).toBe(false);
  });

  it('count as being written until they have them', async () => {
    await log.end('fence');
    const whileRenewing: boolean[] = [];
    renewing = async () => {
      whileRenewing.push(fences.isFenced('clinic 1'));
    };
    await fences.check();
    expect(whileRenewing).toEqual([true]);
  });

  it('stay so when they cannot have them', async () => {
    await log.end('fence');
    renewing = fails;
    await fences.check();
    expect(fences.isFenced('clinic 1')).toBe(true);
  });

  it('get them at a later reading then', async () => {
    await log.end('fence');
    renewing = fails;
    await fences.check();
    renewing = () => Promise.resolve();
    await fences.check();
    expect([fences.isFenced('clinic 1'), renewed]).toEqual([false, ['clinic 1', 'lists']]);
  });

  it('get them though its end is all that was seen of it', async () => {
    await log.end('fence');
    await fences.check();
    expect(renewed).toEqual(['clinic 1', 'lists']);
  });

  it('get them once, however often the log tells of it', async () => {
    await log.end('fence');
    for (let reading = 0; reading < 5; reading += 1) await fences.check();
    expect(renewed).toEqual(['clinic 1', 'lists']);
  });

  it('get them once though the log goes on telling of it for an hour', async () => {
    await log.end('fence');
    for (; clock.ms < 3_600_000; clock.ms += CHECK_EVERY_MS) await fences.check();
    expect(renewed).toEqual(['clinic 1', 'lists']);
  });

  it('count as being written as long as another fence names them', async () => {
    await log.open('other', ['lists']);
    await fences.check();
    await log.end('fence');
    await fences.check();
    expect(['clinic 1', 'lists'].map((tag) => fences.isFenced(tag))).toEqual([false, true]);
  });

  it('do not keep the cache from serving others when they cannot have fresh versions', async () => {
    await log.end('fence');
    renewing = fails;
    await fences.check();
    expect(fences.maybeServed()).toBe(true);
  });
});

describe('the generation of versions', () => {
  const risesWith = async (happens: () => Promise<unknown>): Promise<boolean> => {
    const { generation } = fences;
    await happens();
    return fences.generation > generation;
  };
  beforeEach(() => log.open('fence', ['clinic 1']));

  it('rises when the tags of a fence get fresh ones', async () => {
    await log.end('fence');
    expect(await risesWith(() => fences.check())).toBe(true);
  });

  it('does not rise while a fence is pending', async () => {
    expect(await risesWith(() => fences.check())).toBe(false);
  });

  it('does not rise when they cannot get them', async () => {
    await log.end('fence');
    renewing = fails;
    expect(await risesWith(() => fences.check())).toBe(false);
  });
});

describe('a fence whose writer has died', () => {
  beforeEach(async () => {
    await log.open('fence', ['clinic 1']);
    await fences.check();
  });

  it('is left alone while its write may still commit', async () => {
    clock.ms += FENCE_LIFE_MS;
    await fences.check();
    expect(log.fences.get('fence')?.pending).toBe(true);
  });

  it('is ended when its time is over', async () => {
    clock.ms += FENCE_LIFE_MS + 1;
    await fences.check();
    expect(log.fences.get('fence')?.pending).toBe(false);
  });

  it('gives its tags fresh versions then', async () => {
    clock.ms += FENCE_LIFE_MS + 1;
    await fences.check();
    expect([renewed, fences.isFenced('clinic 1')]).toEqual([['clinic 1'], false]);
  });

  it('keeps its tags when it cannot be ended', async () => {
    clock.ms += FENCE_LIFE_MS + 1;
    log.refusesToEnd = true;
    for (let reading = 0; reading < 2; reading += 1) await fences.check().catch(() => undefined);
    expect([renewed, fences.isFenced('clinic 1')]).toEqual([[], true]);
  });
});
