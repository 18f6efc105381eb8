import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { REAL } from './support/design.js';
import type { Event, Scenario } from './support/scenario.js';
import { play } from './support/world.js';

beforeAll(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
});
afterAll(() => {
  jest.useRealTimers();
});

const inOrder = () => fc.schedulerFor(Array.from({ length: 2_000 }, (_, at) => at + 1));
const check: Event = { kind: 'check', process: 'A' };
const time: Event = { kind: 'time', ms: 700 };
const after = (words: string, nth = 1) => ({ words, nth });

describe('A question about versions', () => {
  it('is not answered with versions from before a fence, though its reply comes when the fence is done with', async () => {
    const scenario: Scenario = {
      warm: true,
      writers: [{ at: after('', 0), key: 'x', diesAfter: undefined, commits: 'known', knowsWhatIsAway: true }],
      readers: [{ at: after('reply to commit'), process: 'A', reads: [{ kind: 'one', key: 'x' }] }],
      events: [
        { at: after('reply to open fence'), event: check },
        { at: after('reply to read fences'), event: time },
        { at: after('', 0), event: check },
        { at: after('reply to read fences'), event: time },
        { at: after('', 0), event: check },
        { at: after('reply to read fences'), event: time },
        { at: after('A: fetch'), event: check },
      ],
      delays: [{ message: after('A: reply to fetch'), until: after('A: reply to release'), steps: 0 }],
      cutOff: [{ who: 'W1', losses: 'lost' }],
    };
    const s = inOrder();
    const wrong = await play(scenario, s, REAL);
    if (process.env['TRACE']) process.stderr.write(`${s.report().map((r) => r.label).join('\n')}\n`);
    expect(wrong).toEqual([]);
  });
});
