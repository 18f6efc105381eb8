import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** A process by its number and its start time: numbers are used again, above all in containers. */
export const processIdentitySchema = z.object({ pid: z.int().positive(), since: z.string().min(1) }).readonly();
export type ProcessIdentity = z.infer<typeof processIdentitySchema>;

/** Undefined if there is no such process any more (a zombie counts as gone: it holds nothing). */
export function identify(pid: number): ProcessIdentity | undefined {
  const since = process.platform === 'linux' ? startTimeFromProc(pid) : startTimeFromPs(pid);
  return since === undefined ? undefined : { pid, since };
}

export function isRunning(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.since === identity.since;
}

export function isAlive(pid: number): boolean {
  return identify(pid) !== undefined;
}

function startTimeFromProc(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command's name stands in parentheses and may hold anything, so the fields are counted from its end.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

function startTimeFromPs(pid: number): string | undefined {
  try {
    const args = ['-o', 'stat=,lstart=', '-p', String(pid)];
    const line = execFileSync('ps', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    return line === '' || line.startsWith('Z') ? undefined : line.replace(/^\S+\s+/, '');
  } catch {
    return undefined;
  }
}
