import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';

/** Which process a figure speaks of: each keeps its own, and whoever asks is answered by one of them. */
export interface ProcessIdentity {
  /** Differs for each process, and each start of it. */
  readonly instance: string;
  readonly host: string;
  readonly pid: number;
  readonly startedAt: string;
  readonly uptimeSeconds: number;
}

const INSTANCE = randomUUID();
const STARTED_AT = new Date(Date.now() - process.uptime() * 1000).toISOString();

export const thisProcess = (): ProcessIdentity => ({
  instance: INSTANCE,
  host: hostname(),
  pid: process.pid,
  startedAt: STARTED_AT,
  uptimeSeconds: Math.round(process.uptime()),
});
