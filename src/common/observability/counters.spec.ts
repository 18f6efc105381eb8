import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Counters } from './counters.js';

it('each window knows by how much each counter has grown in it', () => {
  const steps = fc.array(fc.record({ hits: fc.nat(5), misses: fc.nat(5), read: fc.boolean(), turn: fc.boolean() }), {
    maxLength: 60,
  });
  fc.assert(
    fc.property(steps, (story) => {
      const reached = { hits: 0, misses: 0 };
      const counters = new Counters(() => reached);
      const growth = (window: '60s' | 'start') => {
        const grown = counters.over(window);
        return { hits: grown('hits'), misses: grown('misses') };
      };
      /** What had been reached as each slot ended. */
      const ends = [{ ...reached }];
      for (const { hits, misses, read, turn } of story) {
        reached.hits += hits;
        reached.misses += misses;
        if (read) growth('60s');
        if (turn) {
          counters.turn();
          ends.push({ ...reached });
        }
      }
      const before = ends.at(-7) ?? { hits: 0, misses: 0 };
      const grown = { hits: reached.hits - before.hits, misses: reached.misses - before.misses };
      expect([growth('60s'), growth('start')]).toEqual([grown, reached]);
    }),
    { numRuns: 100 },
  );
});
