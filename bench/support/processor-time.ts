import { readFile } from 'node:fs/promises';
import type { Program } from './program.js';

/**
 * Processor time that all threads of a program have used so far, in milliseconds, to a hundredth of a second. Linux tells it, which
 * costs the program nothing; undefined elsewhere.
 */
export async function processorMs({ pid }: Program): Promise<number | undefined> {
  if (process.platform !== 'linux') return undefined;
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // After the name, which may hold anything: proc(5) counts the state as field 3, utime and stime as 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

/** The same of a service, which can be asked where the system doesn't tell. */
export const processorMsOfService = async (service: Program, key: string): Promise<number> =>
  (await processorMs(service)) ?? (await askedFor(service, key));

/** USER_HZ is 100 wherever Node runs. */
export const TICK_MS = 10;

async function askedFor({ name, url }: Program, key: string): Promise<number> {
  const answer = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${key}` } });
  const seconds = /^process_cpu_seconds_total (\S+)/m.exec(await answer.text())?.[1];
  if (seconds === undefined) throw new Error(`${name} doesn't say how much processor time it has used`);
  return 1000 * Number(seconds);
}
