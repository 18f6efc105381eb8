import type { Event, Scenario } from './scenario.js';

const onArrivalOf = (words: string) => ({ words, nth: 1 });
const NOW = { words: '', nth: 0 };
const CHECK: Event = { kind: 'check', process: 'A' };
const TIME: Event = { kind: 'time', ms: 700 };

/** A reply with versions from before a fence arrives when the fence is done with. */
export const REPLY_FROM_BEFORE_A_FENCE: Scenario = {
  warm: true,
  ticks: [],
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

/** For a scheduler: messages arrive as they are sent. */
export const FIRST_COME: number[] = Array.from({ length: 1_000 }, (_, at) => at + 1);
