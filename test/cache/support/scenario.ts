import fc from 'fast-check';
import type { Server } from './network.js';
import type { CommitEnd } from './register-database.js';

/** What happens in one run; the scheduler decides when. */
export interface Scenario {
  /** Whether both processes have read everything before. */
  readonly warm: boolean;
  readonly writers: readonly WriterPlan[];
  readonly readers: readonly ReaderPlan[];
  readonly faults: readonly Fault[];
  /** How much time passes at a time, in ms. */
  readonly ticks: readonly number[];
  /** How often each process reads the fences. */
  readonly checks: number;
}

export interface WriterPlan {
  readonly key: string;
  /** It never hears of anything again after so many messages. */
  readonly diesAfter: number;
  readonly commits: CommitEnd;
}

export interface ReaderPlan {
  readonly process: ProcessName;
  /** One after the other. */
  readonly reads: readonly ReadPlan[];
}

export interface ReadPlan {
  readonly kind: 'one' | 'many' | 'composed';
  readonly key: string;
}

export type Fault =
  | { readonly kind: 'cut' | 'heal'; readonly who: string; readonly server: Server }
  /** Nobody reaches the server, which keeps its memory. */
  | { readonly kind: 'stall' | 'resume' }
  | { readonly kind: 'fail over'; readonly lag: number }
  | { readonly kind: 'restart' | 'restart with marks' }
  | { readonly kind: 'evict'; readonly key: string };

export const PROCESSES = ['A', 'B'] as const;
export type ProcessName = (typeof PROCESSES)[number];
export const KEYS = ['x', 'y'] as const;
export const writerName = (at: number): string => `W${at + 1}`;

const NEVER = 1_000;
const someKey = fc.constantFrom(...KEYS);
const mostlyX = fc.oneof({ weight: 3, arbitrary: fc.constant('x') }, { weight: 1, arbitrary: someKey });
const someProcess = fc.constantFrom(...PROCESSES);

const someWriter: fc.Arbitrary<WriterPlan> = fc.record({
  key: mostlyX,
  diesAfter: fc.oneof(fc.constant(NEVER), fc.integer({ min: 1, max: 12 })),
  commits: fc.oneof(
    { weight: 4, arbitrary: fc.constant<CommitEnd>('known') },
    { weight: 1, arbitrary: fc.constantFrom<CommitEnd>('reply lost', 'arrives late', 'never arrives') },
  ),
});

const someReader: fc.Arbitrary<ReaderPlan> = fc.record({
  process: someProcess,
  reads: fc.array(
    fc.record<ReadPlan>({
      kind: fc.oneof(
        { weight: 4, arbitrary: fc.constant<ReadPlan['kind']>('one') },
        { weight: 1, arbitrary: fc.constantFrom<ReadPlan['kind']>('many', 'composed') },
      ),
      key: mostlyX,
    }),
    { minLength: 1, maxLength: 2 },
  ),
});

const scenarioWith = (parts: {
  readonly faults: fc.Arbitrary<readonly Fault[]>;
  readonly ticks: fc.Arbitrary<readonly number[]>;
  readonly checks: fc.Arbitrary<number>;
}): fc.Arbitrary<Scenario> =>
  fc.record({
    warm: fc.boolean(),
    writers: fc.array(someWriter, { minLength: 1, maxLength: 3 }),
    readers: fc.array(someReader, { minLength: 2, maxLength: 5 }),
    ...parts,
  });

const nothing = fc.constant([]);
const someone = fc.constantFrom(...PROCESSES, writerName(0), writerName(1));
const tags: Server = 'tags';

/** Writers that die or lose their result are the only trouble. */
export const healthy = scenarioWith({ faults: nothing, ticks: nothing, checks: fc.constant(0) });

const loss: fc.Arbitrary<Fault> = fc.oneof(
  fc.record({ kind: fc.constant('fail over'), lag: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ kind: fc.constant('evict'), key: someKey }),
  fc.constant<Fault>({ kind: 'restart' }),
);

/** The server of the tags loses what it knew. */
export const forgetful = scenarioWith({
  faults: fc.array(loss, { minLength: 1, maxLength: 3 }),
  ticks: nothing,
  checks: fc.constant(0),
});

const cut: fc.Arbitrary<Fault> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constantFrom('cut', 'heal'), who: someone, server: fc.constant(tags) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('cut'), who: someProcess, server: fc.constantFrom<Server>('fences') }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('stall', 'resume') }) },
  { weight: 1, arbitrary: loss },
);
const someTicks = (...ms: number[]) => fc.array(fc.constantFrom(...ms), { minLength: 2, maxLength: 6 });

/** Some can't reach the tags for a while, and writers put up fences: the first from the beginning. */
export const partitioned = scenarioWith({
  faults: fc
    .array(cut, { maxLength: 4 })
    .map((faults) => [{ kind: 'cut', who: writerName(0), server: tags }, ...faults]),
  ticks: someTicks(300, 700, 1_100, 2_000),
  checks: fc.integer({ min: 2, max: 5 }),
});

/** The same, with writers that come later than others wait. */
export const slow = scenarioWith({
  faults: fc
    .array(cut, { maxLength: 2 })
    .map((faults) => [{ kind: 'cut', who: writerName(0), server: tags }, ...faults]),
  ticks: someTicks(700, 2_000, 61_000),
  checks: fc.integer({ min: 3, max: 6 }),
});
