import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type autocannon from 'autocannon';
import type { Program } from './program.js';

export interface Comparison {
  /** Requests per second of each round, in the order they ran. */
  readonly subject: readonly number[];
  readonly peer: readonly number[];
  /** Median of the subject's rounds over the median of the peer's. */
  readonly ratio: number;
}

export interface Load {
  /** One, or several that each connection asks for in turn. */
  readonly path: string | readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly connections: number;
  /** Seconds of a round. */
  readonly seconds: number;
  readonly rounds: number;
  /** The status that every answer must have; 200 unless given. */
  readonly status?: 200 | 304;
}

/**
 * Runs both programs under the same closed-loop load in turn (A B B A ...), so that a drift of the
 * machine meets both, after a warm-up of each. Any answer of another status than expected fails the run.
 */
export async function compare(subject: Program, peer: Program, load: Load): Promise<Comparison> {
  for (const program of [subject, peer]) await round(program, load);
  const results = new Map<Program, number[]>([
    [subject, []],
    [peer, []],
  ]);
  for (let number = 0; number < load.rounds; number += 1) {
    const order = number % 2 === 0 ? [subject, peer] : [peer, subject];
    for (const program of order) results.get(program)?.push(await round(program, load));
  }
  const [a, b] = [results.get(subject) ?? [], results.get(peer) ?? []];
  return { subject: a, peer: b, ratio: median(a) / median(b) };
}

/** One round of a closed-loop load. @returns requests a second; any answer of another status than expected throws */
export async function round(
  program: Program,
  { path, headers, connections, seconds, status = 200 }: Load,
): Promise<number> {
  const [first = '', ...further] = [path].flat();
  const result = await loaded({
    url: `${program.url}${first}`,
    headers,
    connections,
    duration: seconds,
    ...(further.length > 0 && { requests: [first, ...further].map((each) => ({ path: each })) }),
  });
  const answers = result['1xx'] + result['2xx'] + result['3xx'] + result['4xx'] + result['5xx'];
  const expected = result.statusCodeStats?.[`${status}`]?.count ?? 0;
  const unexpected = answers - expected + result.errors + result.timeouts;
  if (unexpected > 0) throw new Error(`${program.name} answered ${unexpected} requests of ${path} with no ${status}`);
  return result.requests.average;
}

async function loaded(options: autocannon.Options): Promise<autocannon.Result> {
  const { stdout } = await promisify(execFile)(process.execPath, ['bench/support/load.ts', JSON.stringify(options)], {
    maxBuffer: 16 << 20,
  });
  return JSON.parse(stdout);
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}
