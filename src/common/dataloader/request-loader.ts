import DataLoader from 'dataloader';
import { requestContext } from '../context/request-context.js';
import { withSpan } from '../observability/spans.js';

/**
 * The loader of this name for the current request, made at its first use: loads of one turn of the event loop (or of
 * the window) become one batch, and an id is loaded once a request.
 * @param load loads these ids, in their order
 * @param windowMs how long keys are collected; 0 is one turn
 */
export function requestLoader<T>(
  name: string,
  load: (ids: readonly string[]) => Promise<readonly T[]>,
  windowMs: number,
): DataLoader<string, T> {
  const context = requestContext();
  context.loaders ??= new Map();
  const { loaders } = context;
  const made = loaders.get(name);
  if (made !== undefined) return made as DataLoader<string, T>;
  const loader = new DataLoader<string, T>(
    (ids) => withSpan(`dataloader ${name}`, { 'dataloader.batch_size': ids.length }, () => load(ids)),
    windowMs === 0 ? {} : { batchScheduleFn: (run) => setTimeout(run, windowMs) },
  );
  loaders.set(name, loader as DataLoader<string, unknown>);
  return loader;
}
