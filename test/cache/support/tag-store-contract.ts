import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { TagStore } from '../../../src/common/cache/tag-store.js';

/** A store as two processes see it. */
export interface SharedTagStore {
  readonly one: TagStore;
  readonly other: TagStore;
  /** Resolves when so many milliseconds are over on the store's clock. */
  passes(ms: number): Promise<void>;
}

const LONG_MS = 60_000;
const SHORT_MS = 20;

/** What every store of tags does, the server's and the one that stands in for it where every interleaving is tried. */
export function itKeepsTags(open: () => Promise<SharedTagStore>): void {
  let one: TagStore;
  let other: TagStore;
  let passes: SharedTagStore['passes'];
  beforeAll(async () => {
    ({ one, other, passes } = await open());
  });

  /** A tag that no other test has. */
  const aTag = (): string => `{${randomUUID()}}:clinics`;
  const versionOf = async (tag: string, store = one): Promise<string | null | undefined> =>
    (await store.fetch([tag]))[0];

  describe('a version', () => {
    it('is given to a tag that has none', async () => {
      expect(await versionOf(aTag())).toEqual(expect.any(String));
    });

    it('is kept', async () => {
      const tag = aTag();
      expect(await versionOf(tag)).toBe(await versionOf(tag));
    });

    it('is the same for all processes', async () => {
      const tag = aTag();
      expect(await versionOf(tag, other)).toBe(await versionOf(tag));
    });

    it('is one of a kind', async () => {
      const versions = await one.fetch([aTag(), aTag(), aTag()]);
      expect(new Set(versions).size).toBe(3);
    });

    it('stands where its tag was asked for', async () => {
      const [first, second] = [aTag(), aTag()];
      const versions = [await versionOf(first), await versionOf(second)];
      expect(await one.fetch([second, first, second])).toEqual([versions[1], versions[0], versions[1]]);
    });

    it('of nothing is nothing', async () => {
      expect(await one.fetch([])).toEqual([]);
    });
  });

  describe('a tag that is being written', () => {
    it('has no version, for anybody', async () => {
      const tag = aTag();
      await one.mark([tag], 'writer', LONG_MS);
      expect([await versionOf(tag, one), await versionOf(tag, other)]).toEqual([null, null]);
    });

    it('does not take theirs from others', async () => {
      const [written, unrelated] = [aTag(), aTag()];
      const version = await versionOf(unrelated);
      await one.mark([written], 'writer', LONG_MS);
      expect(await one.fetch([written, unrelated])).toEqual([null, version]);
    });

    it('has a version again that none was before', async () => {
      const tag = aTag();
      const before = await versionOf(tag);
      await one.mark([tag], 'writer', LONG_MS);
      await one.release([tag], 'writer');
      const after = await versionOf(tag);
      expect([typeof after, after === before]).toEqual(['string', false]);
    });

    it.each(['first', 'second'])('by two has none when only the %s is done', async (done) => {
      const tag = aTag();
      await one.mark([tag], 'first', LONG_MS);
      await other.mark([tag], 'second', LONG_MS);
      await one.release([tag], done);
      expect(await versionOf(tag)).toBeNull();
    });

    it('by two has one when both are done', async () => {
      const tag = aTag();
      await one.mark([tag], 'first', LONG_MS);
      await other.mark([tag], 'second', LONG_MS);
      await other.release([tag], 'second');
      await one.release([tag], 'first');
      expect(await versionOf(tag)).toEqual(expect.any(String));
    });

    it('is not freed by a stranger', async () => {
      const tag = aTag();
      await one.mark([tag], 'writer', LONG_MS);
      await other.release([tag], 'nobody');
      expect(await versionOf(tag)).toBeNull();
    });
  });

  describe('a writer whose time is over', () => {
    it('is waited for no longer', async () => {
      const tag = aTag();
      await one.mark([tag], 'dead', SHORT_MS);
      await passes(SHORT_MS);
      expect(await versionOf(tag)).toEqual(expect.any(String));
    });

    it('leaves a version that none was before', async () => {
      const tag = aTag();
      const before = await versionOf(tag);
      await one.mark([tag], 'dead', SHORT_MS);
      await passes(SHORT_MS);
      expect(await versionOf(tag)).not.toBe(before);
    });

    it('does not free what another is writing', async () => {
      const tag = aTag();
      await one.mark([tag], 'dead', SHORT_MS);
      await other.mark([tag], 'living', LONG_MS);
      await passes(SHORT_MS);
      expect(await versionOf(tag)).toBeNull();
    });

    it('is not waited for when the last of the others is done', async () => {
      const tag = aTag();
      await one.mark([tag], 'dead', SHORT_MS);
      await other.mark([tag], 'living', LONG_MS);
      await passes(SHORT_MS);
      await other.release([tag], 'living');
      expect(await versionOf(tag)).toEqual(expect.any(String));
    });

    it('has more time when it marks again', async () => {
      const tag = aTag();
      await one.mark([tag], 'slow', SHORT_MS);
      await one.mark([tag], 'slow', LONG_MS);
      await passes(SHORT_MS);
      expect(await versionOf(tag)).toBeNull();
    });

    it('voids with its release what was kept meanwhile', async () => {
      const tag = aTag();
      await one.mark([tag], 'slow', SHORT_MS);
      await passes(SHORT_MS);
      const meanwhile = await versionOf(tag);
      await one.release([tag], 'slow');
      expect(await versionOf(tag)).not.toBe(meanwhile);
    });
  });

  it('a release by anybody gives a fresh version to a tag that nobody writes', async () => {
    const tag = aTag();
    const before = await versionOf(tag);
    await other.release([tag], 'nobody');
    expect(await versionOf(tag)).not.toBe(before);
  });
}
