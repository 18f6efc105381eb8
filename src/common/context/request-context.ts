import { AsyncLocalStorage } from 'node:async_hooks';
import type DataLoader from 'dataloader';
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
}

const storage = new AsyncLocalStorage<RequestContext>();

export const newContext = (correlationId: string, principal?: Principal, fresh = false): RequestContext => ({
  correlationId,
  loaders: undefined,
  principal,
  fresh,
});

export const runInContext = <T>(context: RequestContext, work: () => T): T => storage.run(context, work);

/** @throws when called outside of a request */
export function requestContext(): RequestContext {
  const context = storage.getStore();
  if (context === undefined) throw new Error('There is no request here');
  return context;
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
  storage.run(newContext(name, platformPrincipal('admin', name)), work);
