import type { Latency } from './results.js';

/** What a client does one after the other; most have one step. Plain data, as another program runs it. */
export interface Flow {
  readonly steps: readonly Step[];
}

/** A request, and the status that its answer must have. */
export interface Step {
  /** What its latency is reported under. */
  readonly name: string;
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** `{name}` stands for what an earlier step has kept, `{n}` for a number that no other flow of the run has. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** With the same placeholders. */
  readonly body?: string;
  readonly status: number;
  /** Properties of the answer that later steps use, by the name that they use. */
  readonly keep?: Readonly<Record<string, string>>;
}

/** A load of flows that are begun at a fixed rate, whether or not those before have been answered. */
export interface Arrivals {
  /** Taken in turn. */
  readonly flows: readonly Flow[];
  /** Flows that begin in a second. */
  readonly arrivals: number;
  readonly seconds: number;
  /** Most connections; who finds none free waits for one, which counts. */
  readonly connections: number;
}

export interface ArrivalsResult {
  /** Of whole flows, from when each was due. */
  readonly latency: Latency;
  /** Of each step: the first from when its flow was due, the others from when they were sent. */
  readonly steps: readonly { readonly step: string; readonly latency: Latency }[];
  /** Share of the answers that came from the cache. */
  readonly hits: number;
  /** Mean size of a body, as it was sent. */
  readonly bytes: number;
  /** Flows with an answer of another status, or with none. */
  readonly unexpected: number;
  /** What the first of them was. */
  readonly firstUnexpected?: string;
  readonly timeline: readonly SecondOfAnswers[];
}

/** The flows that ended in one second. */
export interface SecondOfAnswers {
  readonly second: number;
  readonly latency: Latency;
}
