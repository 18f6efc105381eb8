import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { prettyFactory } from 'pino-pretty';

/** Where finished lines go. */
export interface LogOutput {
  write(line: string): void;
  /** Resolves when all that was written has left the process, or nobody takes it. */
  flush(): Promise<void>;
}

const STANDARD_OUTPUT = 1;
const MOST_WAITING_BYTES = 16_777_216;
const NOBODY_READS_MS = 1_000;

/**
 * Gathers lines and writes them beside the event loop, a quarter of a second later at most; what remains is written
 * when the process exits. Lines that nobody reads are dropped once there are 16 MiB of them.
 */
export function gatheringOutput(): LogOutput {
  const lines = pino.destination({
    fd: STANDARD_OUTPUT,
    sync: false,
    minLength: 4096,
    maxLength: MOST_WAITING_BYTES,
    periodicFlush: 250,
  });
  return {
    write: (line) => void lines.write(line),
    flush: async () => {
      const gone = new Promise<void>((resolve) => lines.flush(() => resolve()));
      if ((await Promise.race([gone.then(() => true), sleep(NOBODY_READS_MS, false)])) === false) return;
      // It ends with the write that was under way, and what came meanwhile still waits.
      lines.flushSync();
    },
  };
}

/** Writes each line at once, for people to read. */
export function prettyOutput(): LogOutput {
  const text = pino.destination({ fd: STANDARD_OUTPUT, sync: true });
  const pretty = prettyFactory({
    singleLine: true,
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'context',
    messageFormat: ({ context, msg }) => (context === undefined ? String(msg) : `[${context}] ${msg}`),
  });
  return { write: (line) => void text.write(pretty(line)), flush: async () => undefined };
}
