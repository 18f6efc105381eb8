import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { REAL } from './support/design.js';
import { SCENARIOS } from './support/scenarios.js';
import { play } from './support/world.js';

beforeAll(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
});
afterAll(() => {
  jest.useRealTimers();
});

describe('Whatever the order of messages', () => {
  it.each([
    { called: 'while writers die or lose their result', scenarios: SCENARIOS.healthy },
    { called: 'while the server of the tags loses what it knew', scenarios: SCENARIOS.forgetful },
    { called: 'while some cannot reach the tags', scenarios: SCENARIOS.partitioned },
    { called: 'while writers come late', scenarios: SCENARIOS.late },
  ])('no read is older than what was known before it, $called', async ({ scenarios }) => {
    const property = fc.asyncProperty(scenarios, fc.scheduler(), async (scenario, scheduler) => {
      expect(await play(scenario, scheduler, REAL)).toEqual([]);
    });
    await fc.assert(property, {
      numRuns: Number(process.env['RUNS'] ?? 500),
      endOnFailure: process.env['SHRINK'] === undefined,
      ...(process.env['SEED'] ? { seed: Number(process.env['SEED']) } : {}),
    });
  });
});
