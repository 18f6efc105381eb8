import type { Delay, Losses, Moment, Server } from './network.js';
import type { CommitEnd } from './register-database.js';

/** What happens in one run; the scheduler decides what message arrives next. */
export interface Scenario {
  /** Whether both processes have read everything before. */
  readonly warm: boolean;
  readonly writers: readonly WriterPlan[];
  readonly readers: readonly ReaderPlan[];
  /** Milliseconds that pass besides, one after the other. */
  readonly ticks: readonly TimedEvent[];
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
  /** It never hears of anything again after so many messages; undefined: it lives. */
  readonly diesAfter: number | undefined;
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
  /** `held`: one, by its entry in the memory of the process, as the service's hook does. */
  readonly kind: 'one' | 'held' | 'many' | 'composed';
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
