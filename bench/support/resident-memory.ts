import { readFile } from 'node:fs/promises';

/** Resident memory of a process in megabytes (10^6 bytes); read where Linux tells it. */
export async function residentMegabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return (Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024) / 1e6;
}
