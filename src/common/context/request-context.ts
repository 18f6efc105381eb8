import { AsyncLocalStorage } from 'node:async_hooks';
import type DataLoader from 'dataloader';
import { traceJob } from '../observability/spans.js';
import { SharedLimit, type TimeLimit } from '../resilience/deadline.js';
import { type Principal, platformPrincipal } from './principal.js';

/** What belongs to one request, for whoever works for it below the HTTP edge. */
export interface RequestContext {
  readonly correlationId: string;
  /** DataLoaders made for this request, by name; undefined until the first. */
  loaders: Map<string, DataLoader<string, unknown>> | undefined;
  /** Who asks. Nothing below the HTTP edge works without. */
  readonly principal: Principal | undefined;
  /** The client wants nothing that was cached. */
  readonly fresh: boolean;
  /** Until when the answer is wanted; none for work of the service's own. */
  readonly deadline: TimeLimit | undefined;
  /** Set once it has been read that the client has named a key. */
  keyed: KeyedRequest | undefined;
  /** What is counted for it; the same for all that is done for it. */
  readonly work: Work;
}

/** What a request, or work of the service's own, has cost so far. */
export interface Work {
  /** Such as `GET /api/v1/clinics/:id`, or the name of the service's own work. */
  readonly name: string;
  /** Of the request; undefined for work of the service's own. */
  readonly correlationId: string | undefined;
  /** Commands to the database. */
  queries: number;
}

/** A POST that can be sent again safely, as the client has named a key for it. */
export interface KeyedRequest {
  /** It seals what is kept for it, and is itself kept nowhere. */
  readonly key: string;
  /** Whose key it is: the id of an organization, or `platform`. */
  readonly tenant: string;
  /** Tells the request from all others. */
  readonly fingerprint: string;
  /** `replayed`: its transaction was done before, and was not done again. */
  state: 'waiting' | 'in transaction' | 'replayed';
}

const storage = new AsyncLocalStorage<RequestContext>();

export const newContext = (
  correlationId: string,
  principal?: Principal,
  fresh = false,
  deadline?: TimeLimit,
  work: Work = { name: correlationId, correlationId: undefined, queries: 0 },
): RequestContext => ({
  correlationId,
  loaders: undefined,
  principal,
  fresh,
  deadline,
  keyed: undefined,
  work,
});

export const runInContext = <T>(context: RequestContext, work: () => T): T => storage.run(context, work);

/** @throws when called outside of a request */
export function requestContext(): RequestContext {
  const context = storage.getStore();
  if (context === undefined) throw new Error('There is no request here');
  return context;
}

/** Names the current request, or work of the service's own, in the log; undefined outside of both. */
export const currentCorrelationId = (): string | undefined => storage.getStore()?.correlationId;

/** Where the cost of the current work is counted; undefined when it is nobody's. */
export const currentWork = (): Work | undefined => storage.getStore()?.work;

/** Until when the current work is wanted; undefined when nobody waits for it. */
export const currentDeadline = (): TimeLimit | undefined => storage.getStore()?.deadline;

/**
 * Does work for the current request that others may come to wait for as well: neither the hurry of the one who began it
 * nor its going away ends it.
 * @param wanted aborts when nobody waits any more
 */
export function runShared<T>(wanted: AbortSignal, work: () => Promise<T>): Promise<T> {
  const context = requestContext();
  const deadline = new SharedLimit(wanted, context.deadline?.allowedMs ?? SHARED_MS);
  return storage.run({ ...context, deadline }, work);
}

/** Work of the service's own is given this long. */
const SHARED_MS = 30_000;

/** The current request if it has a key, for its first transaction alone; undefined from then on. */
export function takeKeyedRequest(): KeyedRequest | undefined {
  const keyed = storage.getStore()?.keyed;
  if (keyed?.state !== 'waiting') return undefined;
  keyed.state = 'in transaction';
  return keyed;
}

/**
 * Who the current work is done for. Deny by default: without a principal nothing reaches a repository.
 * @throws when nobody is signed in
 */
export function currentPrincipal(): Principal {
  const { principal } = requestContext();
  if (principal === undefined) throw new Error('Nobody is signed in here');
  return principal;
}

/** Runs work of the service's own, such as an import, as the platform's admin. */
export const runAsService = <T>(name: string, work: () => T): T =>
  storage.run(newContext(name, platformPrincipal('admin', name)), () => traceJob(name, work));
