import type { ChildProcess } from 'node:child_process';
import { setMaxListeners } from 'node:events';

const stopping = new AbortController();

/** Aborted when the command is asked to stop: its programs and loads end with it, and so what waits for them fails. */
export const interrupted: AbortSignal = stopping.signal;

/** Has the process end when the command is interrupted. */
export function endsWithUs(child: ChildProcess): void {
  const end = () => child.kill('SIGTERM');
  if (interrupted.aborted) end();
  interrupted.addEventListener('abort', end);
  child.once('exit', () => interrupted.removeEventListener('abort', end));
}

/** How many programs, loads and builds of a command may be under way at once. */
const MOST_LISTENERS = 50;

/**
 * Has the first signal to the command stop its programs, so that it removes what it made; a second one ends it at once.
 * @param tell is told that the first has come
 */
export function stopOnSignals(tell: (line: string) => void): void {
  setMaxListeners(MOST_LISTENERS, interrupted);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      tell('Stopping, and removing what was made');
      stopping.abort(new Error('Interrupted'));
    });
  }
}
