import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { REAL } from './support/design.js';
import type { Event, Scenario } from './support/scenario.js';
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
    { whatever: 'while some cannot reach the tags', scenarios: SCENARIOS.partitioned },
    { whatever: 'while a writer comes later than others wait for it', scenarios: SCENARIOS.late },
  ])('no read is older than a write or a read that ended before it, $whatever', async ({ scenarios }) => {
    const property = fc.asyncProperty(scenarios, fc.scheduler(), async (scenario, scheduler) => {
      expect(await play(scenario, scheduler, REAL)).toEqual([]);
    });
    await fc.assert(property, RUNS);
  });

  it('no read is older than an acknowledged write, though a server without replicas loses marks', async () => {
    const property = fc.asyncProperty(SCENARIOS.careless, fc.scheduler(), async (scenario, scheduler) => {
      const wrong = await play(scenario, scheduler, REAL);
      // Between the loss and the acknowledgement the new value may show and be gone again: what marks are for.
      expect(wrong.filter(({ rule }) => rule !== 'new, then old')).toEqual([]);
    });
    await fc.assert(property, RUNS);
  });

  it('a reply with versions from before a fence is not believed when the fence is done with', async () => {
    const scenario: Scenario = {
      warm: true,
      writers: [{ at: NOW, key: 'x', diesAfter: undefined, commits: 'known', knowsWhatIsAway: true }],
      readers: [{ at: onArrivalOf('reply to commit'), process: 'A', reads: [{ kind: 'one', key: 'x' }] }],
      events: [
        { at: onArrivalOf('reply to open fence'), event: CHECK },
        ...[1, 2, 3].flatMap(() => [
          { at: onArrivalOf('reply to read fences'), event: TIME },
          { at: NOW, event: CHECK },
        ]),
        { at: onArrivalOf('A: fetch'), event: CHECK },
      ],
      delays: [{ message: onArrivalOf('A: reply to fetch'), until: onArrivalOf('A: reply to release'), steps: 0 }],
      cutOff: [{ who: 'W1', losses: 'lost' }],
    };
    expect(await play(scenario, fc.schedulerFor(FIRST_COME), REAL)).toEqual([]);
  });
});

const onArrivalOf = (words: string) => ({ words, nth: 1 });
const NOW = { words: '', nth: 0 };
const CHECK: Event = { kind: 'check', process: 'A' };
const TIME: Event = { kind: 'time', ms: 700 };
/** Messages arrive as they are sent. */
const FIRST_COME = Array.from({ length: 1_000 }, (_, at) => at + 1);
