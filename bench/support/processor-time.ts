import type { Program } from './program.js';

/** Seconds of processor time that a service has used so far, as its /metrics say. */
export async function processorSeconds({ name, url }: Program, key: string): Promise<number> {
  const answer = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${key}` } });
  const seconds = /^process_cpu_seconds_total (\S+)/m.exec(await answer.text())?.[1];
  if (seconds === undefined) throw new Error(`${name} doesn't say how much processor time it has used`);
  return Number(seconds);
}
