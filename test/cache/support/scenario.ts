import fc from 'fast-check';
import type { Delay, Losses, Moment, Server } from './network.js';
import type { CommitEnd } from './register-database.js';

/** What happens in one run; the scheduler decides what message arrives next. */
export interface Scenario {
  /** Whether both processes have read everything before. */
  readonly warm: boolean;
  readonly writers: readonly WriterPlan[];
  readonly readers: readonly ReaderPlan[];
  /** One after the other. */
  readonly events: readonly TimedEvent[];
  readonly delays: readonly Delay[];
  /** Those who can't reach the tags at first. */
  readonly cutOff: readonly CutOff[];
}

export interface CutOff {
  readonly who: string;
  readonly losses: Losses;
}

export interface WriterPlan {
  readonly at: Moment;
  readonly key: string;
  /** It never hears of anything again after so many messages. */
  readonly diesAfter: number;
  readonly commits: CommitEnd;
  /** Whether it doesn't even try to reach what its process knows to be away. */
  readonly knowsWhatIsAway: boolean;
}

export interface ReaderPlan {
  readonly at: Moment;
  readonly process: ProcessName;
  /** One after the other. */
  readonly reads: readonly ReadPlan[];
}

export interface ReadPlan {
  readonly kind: 'one' | 'many' | 'composed';
  readonly key: string;
}

export interface TimedEvent {
  readonly at: Moment;
  readonly event: Event;
}

export type Event =
  | { readonly kind: 'time'; readonly ms: number }
  /** A process reads the fences. */
  | { readonly kind: 'check'; readonly process: ProcessName }
  | ({ readonly kind: 'cut'; readonly server: Server } & CutOff)
  | { readonly kind: 'heal'; readonly who: string; readonly server: Server }
  /** Nobody reaches the server, which keeps its memory. */
  | { readonly kind: 'stall' | 'resume' }
  | { readonly kind: 'fail over' | 'restart' | 'restart that loses marks'; readonly lag: number }
  | { readonly kind: 'evict'; readonly key: string };

export const PROCESSES = ['A', 'B'] as const;
export type ProcessName = (typeof PROCESSES)[number];
export const KEYS = ['x', 'y'] as const;
export const writerName = (at: number): string => `W${at + 1}`;

const NEVER = 1_000;
const someKey = fc.constantFrom(...KEYS);
const mostlyX = fc.oneof({ weight: 4, arbitrary: fc.constant('x') }, { weight: 1, arbitrary: someKey });
const someProcess = fc.constantFrom(...PROCESSES);
const mostlyA = fc.constantFrom<ProcessName>('A', 'A', 'B');

const someCommit = fc.oneof(
  { weight: 4, arbitrary: fc.constant<CommitEnd>('known') },
  { weight: 1, arbitrary: fc.constantFrom<CommitEnd>('reply lost', 'arrives late', 'never arrives') },
);
const someDeath = fc.oneof(
  { weight: 2, arbitrary: fc.constant(NEVER) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 12 }) },
);
const someRead: fc.Arbitrary<ReadPlan> = fc.record({
  kind: fc.oneof(
    { weight: 4, arbitrary: fc.constant<ReadPlan['kind']>('one') },
    { weight: 1, arbitrary: fc.constantFrom<ReadPlan['kind']>('many', 'composed') },
  ),
  key: mostlyX,
});
/** What a reader or a writer may wait for, and what may be late: where orders are interesting. */
const someWords = fc.constantFrom(
  ...['reply to commit', 'reply to release', 'reply to commit', 'reply to release'],
  ...['commit', 'mark', 'load', 'reply to fetch', 'open fence', 'read fences', 'time', 'W1', 'W2'],
);
const someLateWords = fc.constantFrom(
  ...['reply to load', 'reply to fetch', 'reply to load', 'reply to fetch', 'commit', 'writes', 'writes'],
  ...['reply to mark', 'release', 'set entry', 'read fences'],
);
const early: fc.Arbitrary<Moment> = fc.record({ words: fc.constant(''), nth: fc.integer({ min: 0, max: 10 }) });
const someMoment: fc.Arbitrary<Moment> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ words: someWords, nth: fc.constantFrom(1, 1, 1, 2, 3) }) },
  { weight: 1, arbitrary: early },
);
const someDelay: fc.Arbitrary<Delay> = fc.record({
  message: fc.record({ words: someLateWords, nth: fc.integer({ min: 1, max: 3 }) }),
  until: someMoment,
  steps: fc.integer({ min: 0, max: 15 }),
});
const soon: fc.Arbitrary<Moment> = fc.record({ words: fc.constant(''), nth: fc.integer({ min: 0, max: 12 }) });
const someWriter: fc.Arbitrary<WriterPlan> = fc.record({
  at: fc.oneof(early, someMoment),
  key: mostlyX,
  diesAfter: someDeath,
  commits: someCommit,
  knowsWhatIsAway: fc.boolean(),
});

const readerAt = (at: fc.Arbitrary<Moment>): fc.Arbitrary<ReaderPlan> =>
  fc.record({ at, process: mostlyA, reads: fc.array(someRead, { minLength: 1, maxLength: 2 }) });

const scenarioOf = (
  someEvents: fc.Arbitrary<readonly Event[]>,
  cutOff: fc.Arbitrary<readonly CutOff[]> = fc.constant([]),
) =>
  fc.record<Scenario>({
    warm: fc.boolean(),
    writers: fc.array(someWriter, { minLength: 1, maxLength: 3 }),
    readers: fc
      .tuple(readerAt(early), fc.array(readerAt(someMoment), { minLength: 1, maxLength: 4 }))
      .map(([first, others]) => [first, ...others]),
    events: someEvents.chain((events) => fc.tuple(...events.map((event) => soon.map((at) => ({ at, event }))))),
    delays: fc.array(someDelay, { minLength: 1, maxLength: 3 }),
    cutOff,
  });

const tags: Server = 'tags';
const someone = fc.constantFrom(...PROCESSES, writerName(0), writerName(1));
const loss: fc.Arbitrary<Event> = fc.oneof(
  fc.record({ kind: fc.constantFrom('fail over', 'restart'), lag: fc.integer({ min: 1, max: 6 }) }),
  fc.record({ kind: fc.constant('evict'), key: someKey }),
);
const losses = fc.constantFrom<Losses>('lost', 'lost', 'late');
const cut: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('cut'), who: someone, server: fc.constant(tags), losses }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('heal'), who: someone, server: fc.constant(tags) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('cut'), who: someProcess, server: fc.constant('fences'), losses }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('stall', 'resume') }) },
  { weight: 2, arbitrary: loss },
);

/** Time that passes, and who reads the fences then. */
const someBeat = (...ms: readonly number[]): fc.Arbitrary<readonly Event[]> =>
  fc
    .tuple(
      fc.record({ kind: fc.constant('time'), ms: fc.constantFrom(...ms) }),
      fc.subarray<Event>(PROCESSES.map((process) => ({ kind: 'check', process }))),
    )
    .map(([time, checks]) => [time, ...checks]);

const oneOfThese = fc.oneof(
  { weight: 4, arbitrary: someBeat(300, 500, 700) },
  { weight: 1, arbitrary: cut.map((event) => [event]) },
);

const FIRST_WRITER = losses.map((what) => [{ who: writerName(0), losses: what }]);

export const SCENARIOS = {
  /** Writers that die or lose their result, and slow messages, are the only trouble. */
  healthy: scenarioOf(fc.constant([])),
  /** The server of the tags loses what it knew. */
  forgetful: scenarioOf(fc.array(loss, { minLength: 1, maxLength: 3 })),
  /** Some can't reach the tags for a while, and writers put up fences. */
  partitioned: scenarioOf(
    fc.array(oneOfThese, { minLength: 4, maxLength: 10 }).map((events) => events.flat()),
    FIRST_WRITER,
  ),
  /** The same, with writers that come later than others wait for them. */
  late: scenarioOf(
    fc
      .tuple(
        fc.array(oneOfThese, { minLength: 1, maxLength: 4 }),
        someBeat(61_000),
        fc.array(oneOfThese, { minLength: 1, maxLength: 4 }),
      )
      .map((events) => events.flat(2)),
    FIRST_WRITER,
  ),
} satisfies Record<string, fc.Arbitrary<Scenario>>;
