import fc from 'fast-check';
import { SETTLE_MS } from '../../../src/common/cache/settling-times.js';
import type { Delay, Losses, Moment, Server } from './network.js';
import type { CommitEnd } from './register-database.js';
import {
  type CutOff,
  type Event,
  KEYS,
  PROCESSES,
  type ProcessName,
  type ReaderPlan,
  type ReadPlan,
  type Scenario,
  type WriterPlan,
  writerName,
} from './scenario.js';

// Most choices lean to where orders are interesting: one key, one process, and messages that wait for one another.
const someKey = fc.constantFrom(...KEYS);
const mostlyX = fc.constantFrom('x', 'x', 'x', 'x', 'y');
const mostlyA = fc.constantFrom<ProcessName>('A', 'A', 'B');

const someWords = fc.constantFrom(
  ...['reply to commit', 'reply to release', 'reply to commit', 'reply to release'],
  ...['commit', 'mark', 'load', 'reply to fetch', 'open fence', 'read fences', 'time', 'W1', 'W2'],
  ...['restart', 'millisecond', 'millisecond'],
);
const lateWords = fc.constantFrom(
  ...['reply to load', 'reply to fetch', 'reply to load', 'reply to fetch', 'commit', 'writes', 'writes'],
  ...['reply to mark', 'release', 'set entry', 'read fences'],
);
const early: fc.Arbitrary<Moment> = fc.record({ words: fc.constant(''), nth: fc.integer({ min: 0, max: 10 }) });
const someMoment: fc.Arbitrary<Moment> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ words: someWords, nth: fc.constantFrom(1, 1, 1, 2, 3) }) },
  { weight: 1, arbitrary: early },
);
const someDelay: fc.Arbitrary<Delay> = fc.record({
  message: fc.record({ words: lateWords, nth: fc.integer({ min: 1, max: 3 }) }),
  until: someMoment,
  steps: fc.integer({ min: 0, max: 15 }),
});

/** Versions come when the time for that a confirmed entry is served is about to be over. */
const answerLate: fc.Arbitrary<Delay> = fc.record({
  message: fc.record({ words: fc.constant('reply to fetch'), nth: fc.integer({ min: 1, max: 6 }) }),
  until: fc.record({ words: fc.constant('millisecond'), nth: fc.integer({ min: 3, max: 6 }) }),
  steps: fc.integer({ min: 0, max: 3 }),
});

const someRead: fc.Arbitrary<ReadPlan> = fc.record({
  kind: fc.constantFrom<ReadPlan['kind']>('one', 'one', 'held', 'held', 'held', 'many', 'composed'),
  key: mostlyX,
});
const readerAt = (at: fc.Arbitrary<Moment>): fc.Arbitrary<ReaderPlan> =>
  fc.record({ at, process: mostlyA, reads: fc.array(someRead, { minLength: 1, maxLength: 3 }) });

const writerAt = (at: fc.Arbitrary<Moment>): fc.Arbitrary<WriterPlan> =>
  fc.record({
    at,
    key: mostlyX,
    diesAfter: fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined, freq: 2 }),
    commits: fc.oneof(
      { weight: 4, arbitrary: fc.constant<CommitEnd>('known') },
      { weight: 1, arbitrary: fc.constantFrom<CommitEnd>('reply lost', 'arrives late', 'never arrives') },
    ),
    knowsWhatIsAway: fc.boolean(),
  });

interface Parts {
  readonly events?: fc.Arbitrary<readonly Event[]>;
  readonly eventsAt?: fc.Arbitrary<Moment>;
  readonly cutOff?: fc.Arbitrary<readonly CutOff[]>;
  readonly heldUp?: fc.Arbitrary<readonly Delay[]>;
}

const none = fc.constant([]);
const someTick: fc.Arbitrary<Event> = fc.record({ kind: fc.constant('time'), ms: fc.constantFrom(1, 1, 2, 4) });

const scenariosOf = ({
  events = none,
  eventsAt = early,
  cutOff = none,
  heldUp = none,
}: Parts): fc.Arbitrary<Scenario> =>
  fc.record({
    warm: fc.boolean(),
    writers: fc
      .tuple(writerAt(early), fc.array(writerAt(fc.oneof(early, someMoment)), { maxLength: 2 }))
      .map(([first, others]) => [first, ...others]),
    readers: fc
      .tuple(readerAt(early), fc.array(readerAt(someMoment), { minLength: 1, maxLength: 4 }))
      .map(([first, others]) => [first, ...others]),
    ticks: fc.array(fc.record({ at: fc.oneof(early, someMoment), event: someTick }), { maxLength: 4 }),
    events: events.chain((all) => fc.tuple(...all.map((event) => eventsAt.map((at) => ({ at, event }))))),
    delays: fc
      .tuple(heldUp, fc.array(fc.oneof(someDelay, someDelay, answerLate), { minLength: 1, maxLength: 3 }))
      .map(([certain, others]) => [...certain, ...others]),
    cutOff,
  });

const someone = fc.constantFrom(...PROCESSES, writerName(0), writerName(1));
const tags: Server = 'tags';
const losses = fc.constantFrom<Losses>('lost', 'lost', 'late');

const loss: fc.Arbitrary<Event> = fc.oneof(
  fc.record({ kind: fc.constantFrom('fail over', 'restart'), lag: fc.integer({ min: 1, max: 6 }) }),
  fc.record({ kind: fc.constant('evict'), key: someKey }),
);
const lossOfMarks: fc.Arbitrary<Event> = fc.record({
  kind: fc.constant('restart that loses marks'),
  lag: fc.integer({ min: 1, max: 6 }),
});
const cut: fc.Arbitrary<Event> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('cut'), who: someone, server: fc.constant(tags), losses }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('heal'), who: someone, server: fc.constant(tags) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('cut'), who: mostlyA, server: fc.constant('fences'), losses }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('stall', 'resume') }) },
  { weight: 2, arbitrary: loss },
);

/** Time that passes, and who reads the fences then. */
const beatOf = (...ms: readonly number[]): fc.Arbitrary<readonly Event[]> =>
  fc
    .record({
      ms: fc.constantFrom(...ms),
      checking: fc.constantFrom<readonly ProcessName[]>(['A'], ['B'], ['A', 'B'], []),
    })
    .map(({ ms: passed, checking }) => [
      { kind: 'time', ms: passed },
      ...checking.map((process) => ({ kind: 'check', process }) as const),
    ]);

const beatsAndCuts = (least: number, most: number): fc.Arbitrary<readonly Event[]> =>
  fc
    .array(
      fc.oneof(
        { weight: 4, arbitrary: beatOf(300, 700, 1_100) },
        { weight: 1, arbitrary: cut.map((event) => [event]) },
      ),
      { minLength: least, maxLength: most },
    )
    .map((events) => events.flat());

/** The server loses marks, and time passes until it counts as settled. */
const lossesAndBeats: fc.Arbitrary<readonly Event[]> = fc
  .array(
    fc.oneof(
      { weight: 2, arbitrary: lossOfMarks.map((event) => [event]) },
      { weight: 3, arbitrary: beatOf(1_000, 2_500, 4_800, SETTLE_MS) },
    ),
    { maxLength: 5 },
  )
  .chain((others) => lossOfMarks.map((event) => [event, ...others.flat()]));

const firstWriterCutOff = losses.map((what) => [{ who: writerName(0), losses: what }]);

const LONG_MS = 61_000;
/** Whatever the first writer does after its fence waits until the fence is taken for that of a dead one. */
const firstWriterLate: fc.Arbitrary<readonly Delay[]> = fc
  .record({
    message: fc.record({
      words: fc.constantFrom('W1: writes', 'W1: end fence', 'W1: commit'),
      nth: fc.constantFrom(1, 2),
    }),
    until: fc.constant({ words: String(LONG_MS), nth: 1 }),
    steps: fc.integer({ min: 0, max: 30 }),
  })
  .map((delay) => [delay]);

/** A commit comes when its mark has been lost. */
const commitAfterLoss: fc.Arbitrary<readonly Delay[]> = fc
  .record({
    message: fc.record({ words: fc.constantFrom('commit', 'reply to commit'), nth: fc.constantFrom(1, 1, 2) }),
    until: fc.constant({ words: 'restart', nth: 1 }),
    steps: fc.integer({ min: 0, max: 30 }),
  })
  .map((delay) => [delay]);

export const SCENARIOS = {
  /** Writers that die or lose their result, and slow messages, are the only trouble. */
  healthy: scenariosOf({}),
  /** The server of the tags loses what it knew, but no marks. */
  forgetful: scenariosOf({ events: fc.array(loss, { minLength: 1, maxLength: 3 }), eventsAt: someMoment }),
  /** It loses marks as well, and all writers live and get to know their results. */
  careless: scenariosOf({ events: lossesAndBeats, eventsAt: someMoment, heldUp: commitAfterLoss }).map((scenario) => ({
    ...scenario,
    writers: scenario.writers.map((writer) => ({ ...writer, diesAfter: undefined, commits: 'known' })),
  })),
  /** Some can't reach the tags for a while, and writers put up fences. */
  partitioned: scenariosOf({ events: beatsAndCuts(4, 10), cutOff: firstWriterCutOff }),
  /** The same, with writers that come later than others wait for them. */
  late: scenariosOf({
    events: fc.tuple(beatsAndCuts(1, 4), beatOf(LONG_MS), beatsAndCuts(1, 4)).map((events) => events.flat()),
    cutOff: firstWriterCutOff,
    heldUp: firstWriterLate,
  }),
} satisfies Record<string, fc.Arbitrary<Scenario>>;
