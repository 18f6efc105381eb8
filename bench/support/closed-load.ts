import type { SecondOfAnswers, Step } from './flow.js';
import type { Program } from './program.js';
import type { Latency } from './results.js';
import { runJson } from './run-json.js';

/** A load of connections that each send when they have been answered. */
export interface ClosedLoop {
  /** Each connection takes them in turn, beginning elsewhere; `{n}` in a body stands for a number of its own. */
  readonly requests: readonly Omit<Step, 'name' | 'keep'>[];
  readonly connections: number;
  readonly seconds: number;
  /** Whether to measure how long each answer took, which costs the client some of its speed. */
  readonly durations?: boolean;
}

export interface ClosedLoopResult {
  /** Answers in a second. */
  readonly throughput: number;
  /** Share of the requests that had an unexpected answer, or none. */
  readonly unexpected: number;
  /** From when a request was sent: a stall holds up the requests that would show it. */
  readonly latency: Latency;
  readonly timeline: readonly SecondOfAnswers[];
}

/** What the client program is told. */
export interface ClosedInput extends Omit<ClosedLoop, 'requests'> {
  readonly url: string;
  readonly requests: readonly {
    readonly method: NonNullable<Step['method']>;
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: string;
  }[];
}

/** What it answers. */
export interface ClosedOutput extends Pick<ClosedLoopResult, 'throughput' | 'latency' | 'timeline'> {
  /** Answers by their status. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Requests without an answer. */
  readonly failures: number;
}

/** Runs the load. @throws when any answer has another status than expected */
export async function closedLoop(program: Program, load: ClosedLoop): Promise<ClosedLoopResult> {
  const result = await closedLoopCounting(program, load);
  if (result.unexpected === 0) return result;
  const share = `${(100 * result.unexpected).toFixed(2)} %`;
  throw new Error(`${program.name}: ${share} of the requests for ${load.requests[0]?.path} had an unexpected answer`);
}

/** The same for loads that may be too much: unexpected answers are counted. */
export async function closedLoopCounting(program: Program, load: ClosedLoop): Promise<ClosedLoopResult> {
  const expected = new Set(load.requests.map(({ status }) => String(status)));
  const requests = load.requests.map(({ method = 'GET', path, headers, body }) => ({
    method,
    path,
    headers,
    ...(body !== undefined && { body: body.replaceAll('{n}', '[<id>]') }),
  }));
  const input: ClosedInput = { ...load, url: program.url, requests };
  const { statuses, failures, ...result } = await runJson<ClosedOutput>('bench/support/closed-client.ts', input);
  const counted = Object.entries(statuses);
  const answers = counted.reduce((sum, [, count]) => sum + count, 0);
  const wanted = counted.reduce((sum, [status, count]) => sum + (expected.has(status) ? count : 0), 0);
  // Nothing may be answered within a short round by what is slow; what is broken fails.
  return { ...result, unexpected: (answers - wanted + failures) / Math.max(1, answers + failures) };
}
