import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { REAL } from './support/design.js';
import { FIRST_COME, REPLY_FROM_BEFORE_A_FENCE } from './support/directed.js';
import { MUTANTS } from './support/mutants.js';
import { SCENARIOS } from './support/scenarios.js';
import { useVirtualTime } from './support/virtual-clock.js';
import { play, type Wrong } from './support/world.js';

useVirtualTime();

const { healthy, forgetful, careless, partitioned, late } = SCENARIOS;
/** The seeds find their mutant in a dozen runs, that of the late answer in some hundreds. Where the code's messages have changed since, any seed does in these. */
const MOST_RUNS = 2_000;

describe('The test of interleavings finds a cache', () => {
  it.each([
    { which: 'that asks for versions after the load', mutant: MUTANTS.versionsAfterLoad, scenarios: healthy, seed: 2 },
    { which: 'whose writers mark nothing', mutant: MUTANTS.noMark, scenarios: healthy, seed: 1 },
    { which: 'whose marks know the last writer only', mutant: MUTANTS.lastWriterMark, scenarios: healthy, seed: 2 },
    { which: 'that releases before the commit', mutant: MUTANTS.releaseBeforeCommit, scenarios: healthy, seed: 1 },
    { which: 'whose flights go by the key alone', mutant: MUTANTS.flightsByKey, scenarios: healthy, seed: 3 },
    { which: 'that joins a load under way past the cache', mutant: MUTANTS.bypassJoins, scenarios: healthy, seed: 8 },
    { which: 'that joins a question already sent', mutant: MUTANTS.joinsSentTurn, scenarios: healthy, seed: 17 },
    {
      which: 'whose writers do not wait for the read lease',
      mutant: MUTANTS.noWaitForReadLease,
      scenarios: healthy,
      seed: 1,
    },
    {
      which: 'whose read lease begins with the answer',
      mutant: MUTANTS.leaseFromAnswer,
      scenarios: healthy,
      seed: 14,
    },
    { which: 'that does not leave the tags to settle', mutant: MUTANTS.noSettling, scenarios: careless, seed: 19 },
    { which: 'that does not notice a failover', mutant: MUTANTS.noEpoch, scenarios: forgetful, seed: 4 },
    { which: 'whose writers go on without a mark', mutant: MUTANTS.noFence, scenarios: partitioned, seed: 1 },
    { which: 'whose writers do not wait for the lease', mutant: MUTANTS.noWait, scenarios: partitioned, seed: 6 },
    { which: 'that serves without a lease', mutant: MUTANTS.noLease, scenarios: late, seed: 8 },
    { which: 'that serves what is fenced', mutant: MUTANTS.fencesDoNotMark, scenarios: partitioned, seed: 8 },
    { which: 'whose late writers still commit', mutant: MUTANTS.endsFenceAfterwards, scenarios: late, seed: 4 },
    {
      which: 'that resumes with old versions',
      mutant: MUTANTS.resumesWithOldVersions,
      scenarios: partitioned,
      seed: 1,
    },
  ])('$which', async ({ mutant, scenarios, seed }) => {
    let found: readonly Wrong[] = [];
    const property = fc.asyncProperty(scenarios, fc.scheduler(), async (scenario, scheduler) => {
      found = await play(scenario, scheduler, { ...REAL, ...mutant });
      return found.length === 0;
    });
    const { failed } = await fc.check(property, { seed, numRuns: MOST_RUNS, endOnFailure: true });
    expect(failed).toBe(true);
    expect(STALE).toEqual(expect.arrayContaining(found.map(({ rule }) => rule)));
  });

  it('that believes versions from before a fence', async () => {
    const mutant = { ...REAL, ...MUTANTS.oneGeneration };
    const found = await play(REPLY_FROM_BEFORE_A_FENCE, fc.schedulerFor(FIRST_COME), mutant);
    expect(found.map(({ rule }) => rule)).toContain('stale after acknowledgement');
  });
});

const STALE: readonly Wrong['rule'][] = ['stale after acknowledgement', 'new, then old', 'stuck'];
