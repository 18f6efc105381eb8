import { afterAll, beforeAll, describe, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { REAL } from './support/design.js';
import { MUTANTS } from './support/mutants.js';
import { SCENARIOS } from './support/scenarios.js';
import { play } from './support/world.js';

beforeAll(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
});
afterAll(() => {
  jest.useRealTimers();
});
const P = SCENARIOS;
describe('stats', () => {
  for (const [name, part] of Object.entries(MUTANTS))
    for (const [pn, scen] of Object.entries(P))
      it(`${name} ${pn}`, async () => {
        let found = 0;
        let first = 0;
        const rules = new Map<string, number>();
        let n = 0;
        const property = fc.asyncProperty(scen, fc.scheduler(), async (scenario, scheduler) => {
          const wrong = await play(scenario, scheduler, { ...REAL, ...part });
          n++;
          if (wrong.length) {
            found++;
            first ||= n;
            for (const r of new Set(wrong.map((w) => w.rule))) rules.set(r, (rules.get(r) ?? 0) + 1);
          }
        });
        await fc.assert(property, { numRuns: 400, seed: 7 });
        process.stderr.write(`${name} ${pn}: first ${first}, ${found} of ${n} ${JSON.stringify([...rules])}\n`);
      });
});
