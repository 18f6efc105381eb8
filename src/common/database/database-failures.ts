import {
  MongoError,
  MongoNotConnectedError,
  MongoServerError,
  MongoServerSelectionError,
  MongoTopologyClosedError,
} from 'mongodb';
import { OutcomeUnknown, Unavailable } from '../resilience/unavailable.js';
import { networkErrorOf } from './broken-connections.js';

/** No primary, or no client. */
const AWAY = [MongoServerSelectionError, MongoNotConnectedError, MongoTopologyClosedError] as const;

/** A server that isn't the primary any more, or is ending ("Retryable Reads" of the driver specifications). */
const LEAVING = new Set([6, 7, 89, 91, 134, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436]);

/** Whether the error says that the database is away. A duplicate key, a conflict, a query that takes too long are answers. */
export const isDatabaseAway = (error: unknown): boolean =>
  networkErrorOf(error) !== undefined ||
  AWAY.some((kind) => error instanceof kind) ||
  (error instanceof MongoError && error.name === 'MongoWaitQueueTimeoutError') || // The driver doesn't export it.
  isLeaving(error);

/** Whether the same read may succeed at once: a broken connection, a primary that has stepped down. */
export function isTransient(error: unknown): boolean {
  const refusal = error instanceof OutcomeUnknown ? error.cause : error;
  const origin = refusal instanceof Unavailable ? refusal.cause : refusal;
  // Who has looked for a server, or waited for a connection, in vain has done so for long enough.
  return networkErrorOf(origin) !== undefined || isLeaving(origin);
}

const isLeaving = (error: unknown): boolean =>
  error instanceof MongoServerError && typeof error.code === 'number' && LEAVING.has(error.code);
