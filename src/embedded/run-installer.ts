import { join } from 'node:path';
import { GuardedProcess } from './guarded-process.js';
import { stopwatch } from './stopwatch.js';

export interface Installer {
  readonly command: string;
  readonly args: readonly string[];
  /** Where its log goes. */
  readonly folder: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Called each half minute with the time that has passed. */
  readonly heartbeat?: (elapsed: string) => void;
}

/** Runs a program that installs something, to its end. It doesn't outlive us; its last lines are in the error. */
export async function runInstaller({ command, args, folder, env, heartbeat }: Installer): Promise<void> {
  const elapsed = stopwatch();
  const timer = heartbeat && setInterval(() => heartbeat(elapsed()), 30_000);
  try {
    const logFile = join(folder, 'install.log');
    const child = await GuardedProcess.start({ command, args, logFile, ...(env && { env }) });
    const code = await child.ended;
    if (code !== 0) throw new Error(`${command} ended with code ${code}:\n${lastLines(child.output(), 12)}`);
  } finally {
    clearInterval(timer);
  }
}

export function lastLines(text: string, count: number): string {
  return text.split('\n').slice(-count).join('\n');
}
