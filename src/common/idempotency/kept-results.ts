import { Binary, type ClientSession, type Collection, MongoErrorLabel } from 'mongodb';
import type { Connection } from 'mongoose';
import { type KeyedRequest, takeKeyedRequest } from '../context/request-context.js';
import { Problem } from '../problems/problems.js';
import { isDuplicateKey } from '../problems/server-errors.js';
import { keptName } from './keyed-request.js';
import { openResult, sealResult } from './sealed-result.js';

/** What a transaction came to, as it is kept. */
export interface KeptResult {
  /** SHA-256 of the tenant and the key. */
  readonly _id: string;
  /** SHA-256 of the request. */
  readonly fingerprint: string;
  readonly sealed: Binary;
  readonly expiresAt: Date;
}

export const KEPT_FOR_MS = 24 * 3_600_000;

export const keptResults = (connection: Connection): Collection<KeptResult> =>
  connection.getClient().db(connection.name).collection<KeptResult>('idempotency_keys');

/**
 * The work of the current request's transaction, done once for the request's key. What it comes to is kept in the
 * transaction itself, so that both are committed or neither; when it is there already, that is the result and nothing
 * is done. Without a key, or when the request has had a transaction before, it is the work as it is.
 */
export function onceForKey<T>(
  connection: Connection,
  work: (session: ClientSession) => Promise<T>,
): (session: ClientSession) => Promise<T> {
  const request = takeKeyedRequest();
  if (request === undefined) return work;
  const results = keptResults(connection);
  return async (session) => {
    const kept = await findKept(results, request, session);
    request.state = kept === null ? 'in transaction' : 'replayed';
    if (kept !== null) return openResult<T>(kept.sealed.buffer, request);
    const result = await work(session);
    await keep(results, request, result, session);
    return result;
  };
}

/** @throws {Problem} `idempotency-key-reused` */
async function findKept(
  results: Collection<KeptResult>,
  request: KeyedRequest,
  session: ClientSession,
): Promise<KeptResult | null> {
  const kept = await results.findOne({ _id: keptName(request) }, { session });
  // MongoDB removes it within a minute or so.
  if (kept === null || kept.expiresAt <= new Date()) return null;
  if (kept.fingerprint === request.fingerprint) return kept;
  throw new Problem('idempotency-key-reused', {
    errors: [{ parameter: 'Idempotency-Key', message: 'was sent with another request' }],
  });
}

/** In the place of one that has expired; one that another transaction has kept meanwhile stays, and ends this one. */
async function keep(
  results: Collection<KeptResult>,
  request: KeyedRequest,
  result: unknown,
  session: ClientSession,
): Promise<void> {
  const now = Date.now();
  await results
    .replaceOne(
      { _id: keptName(request), expiresAt: { $lte: new Date(now) } },
      {
        fingerprint: request.fingerprint,
        sealed: new Binary(sealResult(result, request)),
        expiresAt: new Date(now + KEPT_FOR_MS),
      },
      { upsert: true, session },
    )
    .catch(repeatIfTaken);
}

/** The transaction is repeated, and finds what the other one has kept. */
function repeatIfTaken(error: unknown): never {
  if (isDuplicateKey(error)) error.addErrorLabel(MongoErrorLabel.TransientTransactionError);
  throw error;
}
