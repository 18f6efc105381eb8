import { describe, expect, it } from '@jest/globals';
import { executeWithFallback } from './execute-with-fallback.js';
import { Unavailable } from './unavailable.js';

const isAway = (error: unknown): boolean => error instanceof Unavailable;
const away = new Unavailable('mongodb', 2);
const failing = (error: Error) => () => Promise.reject<string>(error);

describe('work that has a fallback', () => {
  it('gives its own result while it succeeds', async () => {
    expect(
      await executeWithFallback(
        async () => 'fresh',
        isAway,
        () => 'known',
      ),
    ).toBe('fresh');
  });

  it('gives the fallback when it fails in the way that the fallback is for', async () => {
    expect(await executeWithFallback(failing(away), isAway, () => 'known')).toBe('known');
  });

  it('tells the fallback how it failed', async () => {
    const told: unknown[] = [];
    await executeWithFallback(failing(away), isAway, (error) => {
      told.push(error);
      return 'known';
    });
    expect(told).toEqual([away]);
  });

  it('fails by itself in any other way, and the fallback is not asked', async () => {
    const fallback = () => {
      throw new Error('asked');
    };
    await expect(executeWithFallback(failing(new Error('a bug')), isAway, fallback)).rejects.toThrow('a bug');
  });

  it.each([
    ['at once', () => undefined],
    ['later', () => Promise.resolve(undefined)],
  ])('fails by itself where the fallback says %s that it cannot help', async (_, fallback) => {
    await expect(executeWithFallback(failing(away), isAway, fallback)).rejects.toBe(away);
  });

  it('takes null from the fallback for an answer', async () => {
    expect(await executeWithFallback<string | null>(failing(away), isAway, () => null)).toBeNull();
  });

  it('that throws before it waits falls back too', async () => {
    const work = (): Promise<string> => {
      throw away;
    };
    expect(await executeWithFallback(work, isAway, () => 'known')).toBe('known');
  });
});
