import { expect, it } from '@jest/globals';
import { Pace } from './pace.js';

it('lets a few be done at once, then one each second', () => {
  let now = 0;
  const pace = new Pace(1000, 3, () => now);
  expect([1, 2, 3, 4, 5].map(() => pace.take())).toEqual([0, 0, 0, 1000, 2000]);
  now = 2000;
  expect(pace.take()).toBe(1000);
});

it('lets no more be done at once after however long a rest', () => {
  let now = 0;
  const pace = new Pace(1000, 2, () => now);
  now = 1_000_000;
  expect([1, 2, 3].map(() => pace.take())).toEqual([0, 0, 1000]);
});
