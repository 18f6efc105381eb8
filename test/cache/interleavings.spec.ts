import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { REAL } from './support/design.js';
import { FIRST_COME, REPLY_FROM_BEFORE_A_FENCE } from './support/directed.js';
import { SCENARIOS } from './support/scenarios.js';
import { useVirtualTime } from './support/virtual-clock.js';
import { play } from './support/world.js';

useVirtualTime();

/** A failure prints the seed and the path that repeat it, what happens in the run, and the order of its messages. */
const RUNS = { numRuns: 500 };

describe('Whatever the order of messages', () => {
  it.each([
    { whatever: 'while writers die or lose their result', scenarios: SCENARIOS.healthy },
    { whatever: 'while the server of the tags loses what it knew', scenarios: SCENARIOS.forgetful },
    { whatever: 'while it loses marks as well', scenarios: SCENARIOS.careless },
    { whatever: 'while some cannot reach the tags', scenarios: SCENARIOS.partitioned },
    { whatever: 'while a writer comes later than others wait for it', scenarios: SCENARIOS.late },
  ])('no read is older than a write or a read that ended before it, $whatever', async ({ scenarios }) => {
    const property = fc.asyncProperty(scenarios, fc.scheduler(), async (scenario, scheduler) => {
      expect(await play(scenario, scheduler, REAL)).toEqual([]);
    });
    await fc.assert(property, RUNS);
  });

  it('a reply with versions from before a fence is not believed when the fence is done with', async () => {
    expect(await play(REPLY_FROM_BEFORE_A_FENCE, fc.schedulerFor(FIRST_COME), REAL)).toEqual([]);
  });
});
