// Once: under Jest, each look at a global takes longer than the rest of a draw.
const { imul } = Math;

/**
 * Numbers from 0 up to, not including, 1: the same for the same seed. mulberry32 by Tommy Ettinger, as published in
 * https://github.com/bryc/code/blob/master/jshash/PRNGs.md; good for resampling, not for secrets.
 */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
