import type { Document } from 'mongodb';
import { runAsService } from '../../src/common/context/request-context.js';
import type { CursorPosition } from '../../src/common/lists/cursor.js';
import {
  type ListQuery,
  ListQueryParser,
  type ListRequest,
  listQuerySchema,
} from '../../src/common/lists/list-query.js';
import { type ListShape, publicName, SEARCH_FIELD, servedShapes } from '../../src/common/lists/list-shapes.js';
import type { ResourceDefinition } from '../../src/common/resource/resource.js';
import { type Crowd, RESOURCES } from './crowded-directory.js';

const LIMIT = 7;

/** A list that the API serves, with the name that tests call it by. */
export type List = (typeof LISTS)[number];

/** Every list that the API serves. */
export const LISTS = RESOURCES.flatMap(({ resource, collection, path }) =>
  servedShapes(resource).map((shape) => ({ resource, collection, path, shape, called: called(resource, shape) })),
);

function called({ name }: ResourceDefinition, { filters, sort }: ListShape): string {
  const by = filters.length === 0 ? 'all' : `by ${filters.map(publicName).join(', ')}`;
  return `${name} ${by}${sort === undefined ? '' : ` in order of ${publicName(sort)}`}`;
}

/** Parameters of a list's URL. */
export type Query = Readonly<Record<string, string>>;

/** The list asked for with common values of its filters and with rare ones, in both directions. */
export function queries({ resource, collection, shape }: List, rows: Crowd): Query[] {
  const having = new Map<string, { readonly query: Query; count: number }>();
  for (const row of rows[collection] ?? []) {
    const terms: readonly string[] = shape.filters.includes(SEARCH_FIELD) ? row[SEARCH_FIELD] : [''];
    for (const term of terms) {
      const values = shape.filters.map((field) => [publicName(field), field === SEARCH_FIELD ? term : row[field]]);
      if (values.some(([, value]) => value === undefined)) continue;
      const key = values.join('\n');
      const found = having.get(key) ?? { query: Object.fromEntries(values.map(([k, v]) => [k, String(v)])), count: 0 };
      found.count += 1;
      having.set(key, found);
    }
  }
  const byCount = [...having.values()].toSorted((a, b) => b.count - a.count);
  const rare = byCount.findLast(({ count }) => count > 3 * LIMIT);
  const sort = publicName(shape.sort ?? resource.defaultSort.replace('-', ''));
  return [byCount[0], rare].flatMap((found) =>
    found === undefined ? [] : [sort, `-${sort}`].map((order) => ({ ...found.query, sort: order })),
  );
}

export interface AskedPage {
  readonly asked: string;
  readonly from: string;
  readonly request: ListRequest;
  readonly position?: CursorPosition;
}

/** The list's pages: the first, by offset, and after and before rows whose neighbour is equal or isn't. */
export function pages(list: List, rows: Crowd, query: Query, more: Query = {}): AskedPage[] {
  const parse = (query: Query) => parsed(list, query);
  const asked = JSON.stringify(query);
  const request = parse({ ...query, ...more, limit: String(LIMIT) });
  return [
    { asked, from: 'first page', request },
    { asked, from: 'page 3', request: parse({ ...query, ...more, limit: String(LIMIT), page: '3' }) },
    ...(list.shape.sort === undefined ? [] : places(list, rows, request)).map((position) => ({
      ...{ asked, request, position },
      from: `${position.reads} ${position.tied ? 'an equal' : 'another'} value`,
    })),
  ];
}

function places(list: List, rows: Crowd, request: ListRequest): CursorPosition[] {
  const { field, direction } = request.sort;
  const sorted = matching(list, rows, request.filter).toSorted(
    (a, b) => direction * (compare(a, b, field) || compare(a, b)),
  );
  const wanted = [true, false].flatMap((tied) => (['after', 'before'] as const).map((reads) => ({ tied, reads })));
  return wanted.flatMap(({ tied, reads }): CursorPosition[] => {
    if (field === '_id' && tied) return [];
    const row = sorted.find((one, at) => {
      const neighbour = sorted[reads === 'after' ? at + 1 : at - 1];
      return at > LIMIT && at < sorted.length - LIMIT && neighbour && (compare(one, neighbour, field) === 0) === tied;
    });
    if (row === undefined)
      throw new Error(`the data have no place ${reads} a row with tied=${tied}: ${request.fingerprint}`);
    return [{ value: field === '_id' ? undefined : row[field], id: row['_id'], reads, tied }];
  });
}

function compare(a: Document, b: Document, field = '_id'): number {
  const [one, other] = [a[field], b[field]].map((value) =>
    value instanceof Date ? value.toISOString() : String(value),
  );
  return Buffer.compare(Buffer.from(one ?? ''), Buffer.from(other ?? ''));
}

/** The rows that the list has with this filter. */
export const matching = (list: List, rows: Crowd, filter: ListRequest['filter']): Document[] =>
  (rows[list.collection] ?? []).filter((row) =>
    Object.entries(filter).every(([field, value]) => [row[field]].flat().map(String).includes(String(value))),
  );

/** The filter that the query is parsed into. */
export const filterOf = ({ resource }: List, query: Query): ListRequest['filter'] => parsed({ resource }, query).filter;

/** As the platform's admin asks for it. */
const parsed = ({ resource }: Pick<List, 'resource'>, query: Query): ListRequest =>
  runAsService('test', () => new ListQueryParser(resource).parse(listQuerySchema(resource).parse(query) as ListQuery));

/** What `fields` can ask for without a document being read; a multikey index, or one without `_id`, covers nothing. */
export function coveredFields({ index, sort }: ListShape): string | undefined {
  const keys = Object.keys(index.keys);
  if (sort === undefined || keys.includes(SEARCH_FIELD)) return undefined;
  return keys.map(publicName).join(',');
}
