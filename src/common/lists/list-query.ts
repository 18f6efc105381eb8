import { z } from 'zod';
import { Problem } from '../problems/problems.js';
import type { ResourceDefinition } from '../resource/resource.js';
import { booleanParameter } from '../resource/scalars.js';
import { SEARCH_LENGTH, searchTerm } from '../resource/search-terms.js';
import { fullSelection, type Selection, selectablePaths, selectionOf } from '../resource/selection.js';
import { confinedTo } from '../tenancy/tenant-scope.js';
import { findShape, type ListShape, publicName, SEARCH_FIELD, type Sort, servedShapes } from './list-shapes.js';

export const MAX_LIMIT = 100;
export const DEFAULT_LIMIT = 20;
/** The last row that `page` reaches; a cursor goes on from there at constant cost. */
export const DEEPEST_OFFSET_ROW = 10_000;

export type CountMode = 'none' | 'estimate' | 'exact';

/** A list as asked for, parsed and known to be served by an index. */
export interface ListRequest {
  /** Values compared by equality, by field of the document. */
  readonly filter: Readonly<Record<string, unknown>>;
  /** The same as one canonical line: what a cursor and a cache key are bound to. */
  readonly fingerprint: string;
  readonly shape: ListShape;
  readonly sort: Sort;
  readonly selection: Selection;
  readonly limit: number;
  readonly cursor: string | undefined;
  /** From 1; 1 where no page is asked for. */
  readonly page: number | undefined;
  readonly count: CountMode;
}

/**
 * How a list is asked for in the URL; unknown parameters are errors.
 * @param filters those of the resource's filters that the route takes
 */
export function listQuerySchema(resource: ResourceDefinition, filters = Object.keys(resource.filters)) {
  const sorts = [...resource.sorts, 'id'].flatMap((sort) => [sort, `-${sort}`]);
  return z.strictObject({
    limit: wholeNumber(1, MAX_LIMIT).default(DEFAULT_LIMIT).describe('Rows of a page.'),
    cursor: z
      .string()
      .min(1)
      .max(2048)
      .optional()
      .describe('`page.nextCursor` or `page.previousCursor` of a page of the same list (same filters and sort).'),
    page: wholeNumber(1, DEEPEST_OFFSET_ROW).optional().describe('Page by offset, from 1; refused past 10,000 rows.'),
    fields: fieldsParameter(resource),
    sort: z
      .enum(sorts)
      .optional()
      .describe(`Order; \`-\` for descending. By default \`${resource.defaultSort}\`, for a search \`-id\`.`),
    count: z
      .enum(['none', 'estimate', 'exact'])
      .default('none')
      .describe('Whether to count all rows of the list; `page.totalIs` says how it was counted.'),
    ...(resource.searched === undefined
      ? {}
      : {
          search: z
            .string()
            .min(1)
            .max(200)
            .refine((search) => searchTerm(search) !== '', { message: 'must contain a letter or a digit' })
            .optional()
            .describe(
              `Finds records by the beginning of any word; case, accents and width are ignored, and the first ${SEARCH_LENGTH} characters count.`,
            ),
        }),
    ...Object.fromEntries(
      Object.entries(resource.filters)
        .filter(([name]) => filters.includes(name))
        .map(([name, schema]) => [name, schema.optional()]),
    ),
  });
}

/** How one record is asked for in the URL. */
export const recordQuerySchema = (resource: ResourceDefinition) =>
  z.strictObject({ fields: fieldsParameter(resource) });

export type RecordQuery = z.output<ReturnType<typeof recordQuerySchema>>;

/** How a removal is asked for in the URL. */
export const removeQuerySchema = z.strictObject({
  cascade: booleanParameter()
    .default(false)
    .describe('Archive what depends on the record as well, in one transaction.'),
});

export type RemoveQuery = z.output<typeof removeQuerySchema>;

/** The fields that a parsed query selects; all of them where it names none. */
export const selectionFor = (resource: ResourceDefinition, fields: readonly string[] | undefined): Selection =>
  fields === undefined ? fullSelection(resource) : selectionOf(resource, fields);

function fieldsParameter(resource: ResourceDefinition) {
  const paths = selectablePaths(resource.record);
  const known = new Set(paths);
  return z
    .string()
    .min(1)
    .max(2000)
    .transform((list) => list.split(','))
    .pipe(
      z.array(
        z.string().refine((path) => known.has(path), {
          error: ({ input }) => `has no field ${JSON.stringify(input)}; the fields are ${paths.join(', ')}`,
        }),
      ),
    )
    .optional()
    .describe(`Fields to answer, separated by commas; \`id\` is always there. One or more of: ${paths.join(', ')}.`);
}

const wholeNumber = (minimum: number, maximum: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `must be a whole number from ${minimum} to ${maximum}`)
    .transform(Number)
    .refine((value) => value >= minimum && value <= maximum, { message: `must be from ${minimum} to ${maximum}` });

/** Turns the parsed parameters of one resource's list into requests. */
export class ListQueryParser {
  private readonly shapes: readonly ListShape[];

  constructor(private readonly resource: ResourceDefinition) {
    this.shapes = servedShapes(resource);
  }

  /**
   * @param query what {@link listQuerySchema} has parsed
   * @param fixed filters that the route sets
   * @param always fields that the route answers whatever is selected
   * @throws {Problem} `query-not-served`, `page-too-deep` or `validation-failed`
   */
  parse(query: ListQuery, fixed: Readonly<Record<string, unknown>> = {}, always: readonly string[] = []): ListRequest {
    const { limit, cursor, page, fields, sort: sortText, count, search, ...filters } = query;
    const filter: Record<string, unknown> = { ...filters, ...fixed };
    for (const name of Object.keys(filter)) if (filter[name] === undefined) delete filter[name];
    this.confine(filter);
    if (search !== undefined) filter[SEARCH_FIELD] = searchTerm(search);
    const sort = parseSort(sortText ?? (search === undefined ? this.resource.defaultSort : '-id'));
    const shape = findShape(this.shapes, Object.keys(filter), sort.field);
    if (shape === undefined) throw this.notServed(Object.keys(filter), sort);
    refuseDeepPages(limit, cursor, page);
    return {
      filter,
      fingerprint: fingerprint(this.resource, filter, sort),
      shape,
      sort,
      selection: selectionFor(this.resource, fields && [...fields, ...always]),
      limit,
      cursor,
      page,
      count,
    };
  }

  /**
   * An organization's principal lists its own records; naming another organization finds what an unknown one does.
   * @throws {Problem} `not-found`
   */
  private confine(filter: Record<string, unknown>): void {
    const own = 'organizationId' in this.resource.filters ? confinedTo() : undefined;
    if (own === undefined) return;
    const named = filter['organizationId'];
    if (named !== undefined && !own.equals(String(named))) {
      throw new Problem('not-found', { detail: `There is no organization ${String(named)}.` });
    }
    filter['organizationId'] = own;
  }

  private notServed(filters: readonly string[], sort: Sort): Problem {
    const names = filters.map(publicName);
    return new Problem('query-not-served', {
      detail: `No index serves ${names.length === 0 ? 'the list without filters' : `the filters ${names.join(', ')}`} sorted by ${publicName(sort.field)}.`,
      extensions: {
        served: this.shapes.map((shape) => ({
          filters: shape.filters.map(publicName),
          sort: shape.sort === undefined ? null : publicName(shape.sort),
        })),
      },
    });
  }
}

/** What {@link listQuerySchema} parses a query into; further members are the resource's filters. */
export interface ListQuery {
  readonly limit: number;
  readonly cursor?: string;
  readonly page?: number;
  readonly fields?: readonly string[];
  readonly sort?: string;
  readonly count: CountMode;
  readonly search?: string;
  readonly [filter: string]: unknown;
}

function parseSort(sort: string): Sort {
  const field = sort.replace(/^-/, '');
  return { field: field === 'id' ? '_id' : field, direction: sort.startsWith('-') ? -1 : 1 };
}

function refuseDeepPages(limit: number, cursor: string | undefined, page: number | undefined): void {
  if (page === undefined) return;
  if (cursor !== undefined) {
    throw new Problem('validation-failed', {
      errors: [{ parameter: 'page', message: 'cannot be combined with cursor' }],
    });
  }
  if (page * limit > DEEPEST_OFFSET_ROW) {
    throw new Problem('page-too-deep', {
      detail: `Page ${page} of ${limit} rows ends past row ${DEEPEST_OFFSET_ROW.toLocaleString('en')}. Follow page.nextCursor instead.`,
      errors: [{ parameter: 'page', message: `must not reach past row ${DEEPEST_OFFSET_ROW}` }],
    });
  }
}

/** The page that is asked for, whole: equal requests have equal names. */
export function pageName({ fingerprint: list, limit, cursor, page, count, selection }: ListRequest): string {
  return [list, limit, cursor ?? '', page ?? '', count, selection.paths.join(',')].join('\n');
}

function fingerprint(resource: ResourceDefinition, filter: Readonly<Record<string, unknown>>, sort: Sort): string {
  const values = Object.keys(filter)
    .toSorted()
    .map((name) => `${name}=${JSON.stringify(filter[name])}`);
  return [resource.name, `${sort.field}:${sort.direction}`, ...values].join('\n');
}
