import { AsyncLocalStorage } from 'node:async_hooks';
import type DataLoader from 'dataloader';

/** What belongs to one request, for whoever works for it below the HTTP edge. */
export interface RequestContext {
  readonly correlationId: string;
  /** DataLoaders made for this request, by name. */
  readonly loaders: Map<string, DataLoader<string, unknown>>;
}

const storage = new AsyncLocalStorage<RequestContext>();

export const runInContext = <T>(context: RequestContext, work: () => T): T => storage.run(context, work);

/** @throws when called outside of a request */
export function requestContext(): RequestContext {
  const context = storage.getStore();
  if (context === undefined) throw new Error('There is no request here');
  return context;
}
