import type { Collection, Document, Filter } from 'mongodb';
import { isTimeExpired } from '../problems/server-errors.js';
import { present, projectionOf } from '../resource/selection.js';
import type { CursorCodec, CursorPosition } from './cursor.js';
import type { ListRequest } from './list-query.js';

/** How the total of a list was counted; `timed-out` when counting took longer than its bound. */
export type TotalIs = 'exact' | 'estimate' | 'timed-out';

/** The total of a list, as far as it was counted. */
export interface Counted {
  readonly total?: number;
  readonly totalIs?: TotalIs;
}

export interface Page {
  readonly data: readonly Readonly<Record<string, unknown>>[];
  readonly page: {
    readonly limit: number;
    readonly nextCursor: string | null;
    readonly previousCursor: string | null;
  } & Counted;
}

/** One range of an index, read in order. */
export interface RangeRead {
  readonly filter: Filter<Document>;
  readonly sort: Readonly<Record<string, 1 | -1>>;
  readonly projection: Readonly<Record<string, 1>>;
  readonly skip: number;
  readonly limit: number;
}

/**
 * The reads that a page may need, in order: the later ones only when the earlier ones haven't filled
 * it. A cursor within rows of equal value needs two ranges (the rest of the equal ones, then those
 * beyond); as two reads each is bounded by the index on both sides, where a single `$or` isn't on
 * every planner. All other pages are one read.
 */
export function rangeReads(request: ListRequest, position: CursorPosition | undefined): RangeRead[] {
  const { filter, selection, limit, shape } = request;
  const field = request.sort.field;
  const direction = position?.reads === 'before' ? (-request.sort.direction as 1 | -1) : request.sort.direction;
  const read = (range: Filter<Document>): RangeRead => ({
    filter: { ...filter, ...range },
    sort: shape.sort === undefined ? {} : field === '_id' ? { _id: direction } : { [field]: direction, _id: direction },
    projection: projectionOf(selection, shape.sort === undefined ? [] : [field]),
    skip: request.page === undefined ? 0 : (request.page - 1) * limit,
    limit: limit + 1,
  });
  if (position === undefined) return [read({})];
  const beyond = direction === 1 ? '$gt' : '$lt';
  if (field === '_id') return [read({ _id: { [beyond]: position.id } })];
  const further = read({ [field]: { [beyond]: position.value } });
  return position.tied ? [read({ [field]: position.value, _id: { [beyond]: position.id } }), further] : [further];
}

/** What an operation of the driver is given, so that it ends with whoever wants it. */
interface OperationOptions {
  readonly signal?: AbortSignal;
  readonly maxTimeMS?: number;
}

/** Reads pages of one collection. */
export class ListReader {
  constructor(
    private readonly collection: Collection,
    private readonly cursors: CursorCodec,
    private readonly countTimeoutMs: number,
    /** Does what asks the database. */
    private readonly ask: <T>(work: (options: OperationOptions) => Promise<T>) => Promise<T> = (work) => work({}),
    /** Remembers counts; without it each page that wants one counts. */
    private readonly counted: (request: ListRequest, count: () => Promise<Counted>) => Promise<Counted> = (_, count) =>
      count(),
  ) {}

  /** @throws {Problem} `invalid-cursor` */
  async read(request: ListRequest): Promise<Page> {
    const position = request.cursor === undefined ? undefined : this.cursors.open(request.cursor, request.fingerprint);
    const [rows, counted] = await Promise.all([
      this.rows(request, position),
      request.count === 'none' ? {} : this.counted(request, () => this.count(request)),
    ]);
    const shown = rows.slice(0, request.limit);
    const { onward, back } = placesBeside(request, position, shown, rows[request.limit]);
    const backwards = position?.reads === 'before';
    if (backwards) shown.reverse();
    const seal = (place: CursorPosition | undefined) =>
      place === undefined ? null : this.cursors.seal(place, request.fingerprint);
    return {
      data: shown.map((row) => present(row, request.selection)),
      page: {
        limit: request.limit,
        nextCursor: seal(backwards ? back : onward),
        previousCursor: seal(backwards ? onward : back),
        ...counted,
      },
    };
  }

  /** Up to one row more than the page, in the direction that is read. */
  private async rows(request: ListRequest, position: CursorPosition | undefined): Promise<Document[]> {
    const rows: Document[] = [];
    for (const { filter, sort, projection, skip, limit: most } of rangeReads(request, position)) {
      const limit = most - rows.length;
      const options = { sort, projection, skip, limit, batchSize: limit };
      rows.push(...(await this.ask((own) => this.collection.find(filter, { ...own, ...options }).toArray())));
      if (rows.length === most) break;
    }
    return rows;
  }

  private async count({ count, filter }: ListRequest): Promise<Counted> {
    const everything = Object.keys(filter).length === 0;
    const bounded = ({ maxTimeMS = this.countTimeoutMs, ...options }: OperationOptions) => ({
      ...options,
      maxTimeMS: Math.min(maxTimeMS, this.countTimeoutMs),
    });
    const hint = everything ? { hint: '_id_' } : {};
    try {
      if (count === 'estimate' && everything) {
        const estimate = await this.ask((options) => this.collection.estimatedDocumentCount(bounded(options)));
        return { total: estimate, totalIs: 'estimate' };
      }
      const total = await this.ask((options) =>
        this.collection.countDocuments(filter, { ...bounded(options), ...hint }),
      );
      return { total, totalIs: 'exact' };
    } catch (error) {
      if (isTimeExpired(error)) return { totalIs: 'timed-out' };
      throw error;
    }
  }
}

/**
 * The places at both ends of a page as it was read: `onward` in the reading direction, where a row
 * follows; `back` where the page came from.
 */
function placesBeside(
  request: ListRequest,
  position: CursorPosition | undefined,
  shown: readonly Document[],
  following: Document | undefined,
): { readonly onward?: CursorPosition; readonly back?: CursorPosition } {
  const first = shown[0];
  const last = shown.at(-1);
  if (first === undefined || last === undefined) return {};
  const { field } = request.sort;
  const place = (row: Document, reads: CursorPosition['reads'], tied: boolean): CursorPosition => ({
    value: field === '_id' ? undefined : row[field],
    id: row['_id'],
    reads,
    tied,
  });
  const reading = position?.reads ?? 'after';
  const returning = reading === 'after' ? 'before' : 'after';
  const cameFrom = position !== undefined || (request.page ?? 1) > 1;
  return {
    ...(following === undefined ? {} : { onward: place(last, reading, equal(following[field], last[field])) }),
    ...(cameFrom
      ? { back: place(first, returning, position === undefined || equal(first[field], position.value)) }
      : {}),
  };
}

const equal = (a: unknown, b: unknown): boolean =>
  a instanceof Date && b instanceof Date ? a.getTime() === b.getTime() : a === b;
