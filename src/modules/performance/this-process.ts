import { hostname } from 'node:os';
import { INSTANCE_ID } from '../../common/observability/instance-id.js';

/** Which process a figure speaks of: each keeps its own, and whoever asks is answered by one of them. */
export interface ProcessIdentity {
  /** Differs for each process, and each start of it. */
  readonly instance: string;
  readonly host: string;
  readonly pid: number;
  readonly startedAt: string;
  readonly uptimeSeconds: number;
}

const STARTED_AT = new Date(Date.now() - process.uptime() * 1000).toISOString();

export const thisProcess = (): ProcessIdentity => ({
  instance: INSTANCE_ID,
  host: hostname(),
  pid: process.pid,
  startedAt: STARTED_AT,
  uptimeSeconds: Math.round(process.uptime()),
});
