import type { Arrivals, ArrivalsResult, Step } from './flow.js';
import type { Program } from './program.js';
import { runJson } from './run-json.js';

/** A load at a fixed rate of arrivals. @throws when any answer has another status than expected */
export async function paced(program: Program, load: Arrivals): Promise<ArrivalsResult> {
  const result = await pacedCounting(program, load);
  if (result.unexpected === 0) return result;
  throw new Error(`${program.name}: ${result.unexpected} unexpected answers, the first to ${result.firstUnexpected}`);
}

/** The same for loads that may be too much: unexpected answers are counted. */
export const pacedCounting = ({ url }: Program, load: Arrivals): Promise<ArrivalsResult> =>
  runJson('bench/support/paced-client.ts', { url, ...load });

/** Asks for everything once: what was answered is cached from then on, and code that has run a while is compiled. */
export async function warmUp(program: Program, requests: readonly Omit<Step, 'name'>[]): Promise<void> {
  const flows = requests.map((request) => ({ steps: [{ name: 'warm-up', ...request }] }));
  await paced(program, { flows, arrivals: 400, seconds: flows.length / 400, connections: 20 });
}
