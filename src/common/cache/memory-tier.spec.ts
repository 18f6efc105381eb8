import { describe, expect, it } from '@jest/globals';
import { Entry, MemoryTier } from './memory-tier.js';
import { Payload } from './payload.js';
import { ResourceStatistics } from './statistics.js';

const clinics = new ResourceStatistics('clinics');
const KB = 1024;

const entryOf = (text: string, tags: readonly string[] = ['t']): Entry =>
  new Entry(clinics, tags, tags.map(String), Payload.ofText(text), 0, Number.POSITIVE_INFINITY);
const entryOfBytes = (bytes: number, tags?: readonly string[]) => entryOf('x'.repeat(bytes), tags);

/** One that holds this many entries of 1 KB of text and the key of one letter. */
const tierFor = (entries: number): MemoryTier => {
  const one = new MemoryTier(64 * KB);
  one.set('a', entryOfBytes(KB));
  const room = entries * one.bytes;
  return new MemoryTier(room - (room % 8));
};

describe('the memory of this process', () => {
  it('never takes more than its bound', () => {
    const tier = new MemoryTier(64 * KB);
    for (let at = 0; at < 1_000; at += 1) tier.set(`key ${at}`, entryOfBytes(at));
    expect(tier.bytes).toBeLessThanOrEqual(64 * KB);
    expect(tier.size).toBeGreaterThan(0);
  });

  it('counts more than the text of an entry', () => {
    const tier = new MemoryTier(64 * KB);
    tier.set('key', entryOfBytes(KB));
    expect(tier.bytes).toBeGreaterThan(KB);
  });

  it('counts the tags of an entry', () => {
    const [one, many] = [new MemoryTier(64 * KB), new MemoryTier(64 * KB)];
    one.set('key', entryOf('x', ['a']));
    many.set('key', entryOf('x', ['a', 'b', 'c']));
    expect(many.bytes).toBeGreaterThan(one.bytes + 2 * 32);
  });

  it('gives up what was not used for longest', () => {
    const tier = tierFor(10);
    for (const key of 'abcdefghij') tier.set(key, entryOfBytes(KB));
    tier.get('a');
    tier.set('k', entryOfBytes(KB));
    expect([...'abc'].map((key) => tier.get(key) !== undefined)).toEqual([true, false, true]);
  });

  it('takes no entry that would crowd out most others', () => {
    const tier = tierFor(10);
    for (const key of 'abcdefgh') tier.set(key, entryOfBytes(KB));
    tier.set('large', entryOfBytes(8 * KB));
    expect(tier.get('large')).toBeUndefined();
    expect(tier.size).toBe(8);
  });

  it('keeps nothing of an entry that has become too large', () => {
    const tier = tierFor(10);
    tier.set('a', entryOfBytes(KB));
    tier.set('a', entryOfBytes(8 * KB));
    expect(tier.get('a')).toBeUndefined();
  });

  it('may have any bound', () => {
    expect(new MemoryTier(1_000_001).bytes).toBe(0);
  });

  it('of no bytes holds nothing', () => {
    const tier = new MemoryTier(0);
    tier.set('a', entryOf('x'));
    expect(tier.size).toBe(0);
  });
});

describe('an entry that was asked for in a further coding', () => {
  const tierWith = (entry: Entry): MemoryTier => {
    const tier = new MemoryTier(256 * KB);
    tier.set('a', entry);
    return tier;
  };

  it('takes more room then', () => {
    const entry = entryOfBytes(4 * KB);
    const tier = tierWith(entry);
    const before = tier.bytes;
    const { length } = entry.payload.in('gzip');
    tier.grown('a', entry);
    expect(tier.bytes).toBe(before + length);
  });

  it('is not put back when it was replaced meanwhile', () => {
    const entry = entryOfBytes(4 * KB);
    const tier = tierWith(entry);
    const newer = entryOf('newer');
    tier.set('a', newer);
    tier.grown('a', entry);
    expect(tier.get('a')).toBe(newer);
  });

  it('is not put back when it was given up meanwhile', () => {
    const entry = entryOfBytes(4 * KB);
    const tier = tierWith(entry);
    tier.clear();
    tier.grown('a', entry);
    expect(tier.size).toBe(0);
  });
});

describe('clearing', () => {
  const tierOfThree = (): MemoryTier => {
    const tier = new MemoryTier(64 * KB);
    tier.set('one', entryOf('1', ['clinics', 'org 1']));
    tier.set('two', entryOf('2', ['clinics', 'org 2']));
    tier.set('three', entryOf('3', ['providers', 'org 1']));
    return tier;
  };
  const left = (tier: MemoryTier) => ['one', 'two', 'three'].filter((key) => tier.get(key) !== undefined);

  it('by a tag gives up the entries that have it', () => {
    const tier = tierOfThree();
    tier.clear('clinics');
    expect(left(tier)).toEqual(['three']);
  });

  it('without one gives up all', () => {
    const tier = tierOfThree();
    tier.clear();
    expect(left(tier)).toEqual([]);
  });

  it('gives their memory back', () => {
    const tier = tierOfThree();
    tier.clear('clinics');
    tier.clear('providers');
    expect(tier.bytes).toBe(0);
  });
});

describe('the hottest entries', () => {
  const tierWithHits = (...hits: readonly number[]): MemoryTier => {
    const tier = new MemoryTier(64 * KB);
    for (const [at, count] of hits.entries()) {
      const entry = entryOf(`${at}`);
      entry.hits = count;
      tier.set(`key ${at}`, entry);
    }
    return tier;
  };
  const keysOf = (tier: MemoryTier, most: number) => tier.hottest(most).map(([key]) => key);

  it('come first', () => {
    expect(keysOf(tierWithHits(1, 9, 5), 3)).toEqual(['key 1', 'key 2', 'key 0']);
  });

  it('are no more than wanted', () => {
    expect(keysOf(tierWithHits(1, 9, 5), 1)).toEqual(['key 1']);
  });

  it('are not those that nobody has asked for', () => {
    expect(keysOf(tierWithHits(0, 2), 5)).toEqual(['key 1']);
  });
});
