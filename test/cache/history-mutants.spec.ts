import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Hunt, hunt } from './history/hunt.js';

type Case = Omit<Hunt, 'ms'>;

const BROKEN: readonly Case[] = [
  { variant: 'no settling', plague: 'nothing left', crowd: 'slow commits' },
  { variant: 'versions read after the load', plague: 'none', crowd: 'slow loads' },
  { variant: 'a read lease that is longer than writes wait', plague: 'none', crowd: 'quick writes' },
  { variant: 'no mark', plague: 'none', crowd: 'slow writes' },
  { variant: 'a mark of the last writer only', plague: 'none', crowd: 'slow writes' },
  { variant: 'release before the commit', plague: 'none', crowd: 'few registers' },
  { variant: 'flights by key alone', plague: 'none', crowd: 'slow loads' },
  { variant: 'a bypass that joins a load under way', plague: 'none', crowd: 'slow loads' },
  { variant: 'no epoch', plague: 'old data', crowd: 'many registers' },
  { variant: 'no fence', plague: 'a process cut off', crowd: 'many registers' },
  { variant: 'no wait behind the fence', plague: 'a process cut off', crowd: 'many registers' },
  { variant: 'a fence that does not mark', plague: 'a process cut off', crowd: 'many registers' },
  { variant: 'no fresh versions after a fence', plague: 'a process cut off', crowd: 'many registers' },
];

/** All that the broken ones go through. */
const WHOLE: readonly Case[] = [
  { variant: 'nothing broken', plague: 'none', crowd: 'slow loads' },
  { variant: 'nothing broken', plague: 'none', crowd: 'slow writes' },
  { variant: 'nothing broken', plague: 'none', crowd: 'quick writes' },
  { variant: 'nothing broken', plague: 'nothing left', crowd: 'slow commits' },
  { variant: 'nothing broken', plague: 'old data', crowd: 'many registers' },
  { variant: 'nothing broken', plague: 'a process cut off', crowd: 'many registers' },
];

const AT_ONCE = 3;

/** The proof that the history test can fail: it finds each of the known ways to get such a cache wrong. */
describe('A history of operations', () => {
  const hunts = new Map<Case, Promise<readonly string[]>>();
  beforeAll(() => {
    const hunters = new Hunters(AT_ONCE);
    for (const one of BROKEN)
      hunts.set(
        one,
        hunters.run(() => hunt({ ...one, ms: 100_000 })),
      );
    for (const one of WHOLE)
      hunts.set(
        one,
        hunters.run(() => hunt({ ...one, ms: 5_000 })),
      );
  });
  afterAll(() => Promise.allSettled(hunts.values()), 120_000);

  it.each(BROKEN)(
    'shows: $variant',
    async (one) => {
      expect(await hunts.get(one)).not.toEqual([]);
    },
    240_000,
  );

  it.each(WHOLE)(
    'shows nothing where $variant is: $crowd, trouble: $plague',
    async (one) => {
      expect(await hunts.get(one)).toEqual([]);
    },
    240_000,
  );
});

/** Runs so many at once, in the order of the calls. */
class Hunters {
  private readonly waiting: (() => void)[] = [];

  constructor(private free: number) {}

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free -= 1;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next === undefined) this.free += 1;
      else next();
    }
  }
}
