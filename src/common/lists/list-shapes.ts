import type { IndexSpec } from '../resource/index-spec.js';
import type { ResourceDefinition } from '../resource/resource.js';

export interface Sort {
  readonly field: string;
  readonly direction: 1 | -1;
}

/** A list that an index serves in order, without reading a row that isn't answered. */
export interface ListShape {
  /** Fields compared by equality. */
  readonly filters: readonly string[];
  /** Field of the order, before the tie-breaking `_id`; none where at most one row can match. */
  readonly sort: string | undefined;
  readonly index: IndexSpec;
}

/** The field of a document that search terms are kept in. */
export const SEARCH_FIELD = 'searchTerms';

/**
 * The lists that the resource serves, one for each of its indexes: equality on the leading keys, then
 * the sort and `_id` (equality, sort, range). A unique index serves its whole key, which finds one row.
 */
export function servedShapes(resource: ResourceDefinition): ListShape[] {
  return resource.indexes.flatMap((index): ListShape[] => {
    const keys = Object.keys(index.keys);
    const served = (filters: readonly string[], sort: string | undefined): ListShape[] =>
      filters.every((filter) => filter === SEARCH_FIELD || filter in resource.filters)
        ? [{ filters, sort, index }]
        : [];
    if (index.unique) return holdsEveryRow(index) ? served(keys, undefined) : [];
    if (keys.at(-1) !== '_id') return [];
    const sort = keys.at(-2);
    if (sort === undefined || sort === SEARCH_FIELD) return served(keys.slice(0, -1), '_id');
    return resource.sorts.includes(sort) ? served(keys.slice(0, -2), sort) : [];
  });
}

/** A partial index still holds each row that has its keys when its condition is about those keys alone. */
const holdsEveryRow = ({ keys, where = {} }: IndexSpec): boolean => Object.keys(where).every((key) => key in keys);

/** The shape that serves these filters in this order, if any does. */
export function findShape(
  shapes: readonly ListShape[],
  filters: readonly string[],
  sort: string,
): ListShape | undefined {
  return shapes.find(
    (shape) =>
      (shape.sort === undefined || shape.sort === sort) &&
      shape.filters.length === filters.length &&
      filters.every((filter) => shape.filters.includes(filter)),
  );
}

/** The name of a field in the API: `search` and `id` are stored under other names. */
export const publicName = (field: string): string =>
  field === SEARCH_FIELD ? 'search' : field === '_id' ? 'id' : field;
