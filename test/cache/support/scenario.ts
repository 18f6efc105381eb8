import fc from 'fast-check';
import type { Delay, Server } from './network.js';
import type { CommitEnd } from './register-database.js';

/** What happens in one run; the scheduler decides what message arrives next. Steps count messages. */
export interface Scenario {
  /** Whether both processes have read everything before. */
  readonly warm: boolean;
  readonly writers: readonly WriterPlan[];
  readonly readers: readonly ReaderPlan[];
  /** One after the other. */
  readonly events: readonly TimedEvent[];
  readonly delays: readonly Delay[];
}

export interface WriterPlan {
  readonly at: number;
  readonly key: string;
  /** It never hears of anything again after so many messages. */
  readonly diesAfter: number;
  readonly commits: CommitEnd;
}

export interface ReaderPlan {
  readonly at: number;
  readonly process: ProcessName;
  /** One after the other. */
  readonly reads: readonly ReadPlan[];
}

export interface ReadPlan {
  readonly kind: 'one' | 'many' | 'composed';
  readonly key: string;
}

export interface TimedEvent {
  readonly at: number;
  readonly event: Event;
}

export type Event =
  | { readonly kind: 'time'; readonly ms: number }
  /** A process reads the fences. */
  | { readonly kind: 'check'; readonly process: ProcessName }
  | { readonly kind: 'cut' | 'heal'; readonly who: string; readonly server: Server }
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
const someDelay: fc.Arbitrary<Delay> = fc.record({
  words: fc.constantFrom(
    'reply to load',
    'reply to fetch',
    'reply',
    'commit',
    'W1',
    'W2',
    'entr',
    'fence',
    'release',
    'turn',
  ),
  nth: fc.integer({ min: 1, max: 5 }),
  steps: fc.integer({ min: 5, max: 50 }),
});

/** @param steps about how many messages it takes */
const scenarioOf = (steps: number, someEvents: fc.Arbitrary<readonly Event[]>): fc.Arbitrary<Scenario> => {
  const at = fc.integer({ min: 0, max: steps });
  const early = fc.integer({ min: 0, max: Math.floor(steps / 4) });
  return fc.record({
    warm: fc.boolean(),
    writers: fc.array(fc.record({ at: early, key: mostlyX, diesAfter: someDeath, commits: someCommit }), {
      minLength: 1,
      maxLength: 3,
    }),
    readers: fc.array(
      fc.record({ at, process: someProcess, reads: fc.array(someRead, { minLength: 1, maxLength: 2 }) }),
      { minLength: 2, maxLength: 5 },
    ),
    events: someEvents.chain((events) =>
      fc
        .array(at, { minLength: events.length, maxLength: events.length })
        .map((moments) => moments.toSorted((a, b) => a - b))
        .map((moments) => events.map((event, index) => ({ at: moments[index] ?? 0, event }))),
    ),
    delays: fc.array(someDelay, { maxLength: 3 }),
  });
};

const tags: Server = 'tags';
const loss: fc.Arbitrary<Event> = fc.oneof(
  fc.record({ kind: fc.constantFrom('fail over', 'restart'), lag: fc.integer({ min: 1, max: 6 }) }),
  fc.record({ kind: fc.constant('evict'), key: someKey }),
);
const cut: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('cut', 'heal'),
      who: fc.constantFrom(...PROCESSES, writerName(0), writerName(1)),
      server: fc.constant(tags),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cut'), who: someProcess, server: fc.constant('fences') }) },
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

/** The first writer can't reach the tags. */
const behindFence = (someEvents: fc.Arbitrary<readonly (readonly Event[])[]>): fc.Arbitrary<readonly Event[]> =>
  someEvents.map((events) => [{ kind: 'cut', who: writerName(0), server: tags }, ...events.flat()]);

const oneOfThese = fc.oneof(
  { weight: 4, arbitrary: someBeat(300, 500, 700) },
  { weight: 1, arbitrary: cut.map((event) => [event]) },
);

export const SCENARIOS = {
  /** Writers that die or lose their result, and slow messages, are the only trouble. */
  healthy: scenarioOf(50, fc.constant([])),
  /** The server of the tags loses what it knew. */
  forgetful: scenarioOf(50, fc.array(loss, { minLength: 1, maxLength: 3 })),
  /** Some can't reach the tags for a while, and writers put up fences. */
  partitioned: scenarioOf(100, behindFence(fc.array(oneOfThese, { minLength: 4, maxLength: 10 }))),
  /** The same, with writers that come later than others wait for them. */
  late: scenarioOf(
    120,
    behindFence(
      fc
        .tuple(
          fc.array(oneOfThese, { minLength: 1, maxLength: 4 }),
          someBeat(61_000),
          fc.array(oneOfThese, { minLength: 1, maxLength: 4 }),
        )
        .map(([before, long, after]) => [...before, long, ...after]),
    ),
  ),
} satisfies Record<string, fc.Arbitrary<Scenario>>;
