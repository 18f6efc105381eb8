import { describe, expect, it } from '@jest/globals';
import { type Collection, type Document, MongoServerError, ObjectId } from 'mongodb';
import { index } from '../resource/index-spec.js';
import { CursorCodec, type CursorPosition } from './cursor.js';
import type { ListRequest } from './list-query.js';
import { ListReader, rangeReads } from './list-reader.js';

/* The reads as data, and what doesn't depend on how a database answers them; test/properties reads real lists. */

const request = (part: Partial<ListRequest> = {}): ListRequest => ({
  filter: { status: 'active' },
  fingerprint: 'list',
  shape: { filters: ['status'], sort: 'createdAt', index: index({ status: 1, createdAt: -1, _id: -1 }) },
  sort: { field: 'createdAt', direction: -1 },
  selection: { paths: ['id', 'name'], full: false },
  limit: 2,
  cursor: undefined,
  page: undefined,
  count: 'none',
  ...part,
});
const id = new ObjectId();
const value = new Date(0);
const at = (part: Partial<CursorPosition> = {}): CursorPosition => ({
  value,
  id,
  reads: 'after',
  tied: false,
  ...part,
});
const byId = { sort: { field: '_id', direction: -1 } } as const;

describe('a page is read', () => {
  it('one row longer than it is shown, with its fields and the value that a cursor needs', () => {
    expect(rangeReads(request(), undefined)).toEqual([
      {
        ...{ filter: { status: 'active' }, sort: { createdAt: -1, _id: -1 } },
        ...{ projection: { _id: 1, name: 1, createdAt: 1 }, skip: 0, limit: 3 },
      },
    ]);
  });

  it.each<[string, Partial<ListRequest>, CursorPosition | undefined, readonly object[]]>([
    ['past the pages before it', { page: 4 }, undefined, [{ skip: 6, limit: 3 }]],
    ['after another value', {}, at(), [{ filter: { createdAt: { $lt: value } }, sort: { createdAt: -1, _id: -1 } }]],
    [
      'before another value',
      {},
      at({ reads: 'before' }),
      [{ filter: { createdAt: { $gt: value } }, sort: { createdAt: 1, _id: 1 } }],
    ],
    [
      'after an equal value, in two ranges',
      {},
      at({ tied: true }),
      [{ filter: { createdAt: value, _id: { $lt: id } } }, { filter: { createdAt: { $lt: value } } }],
    ],
    [
      'before an equal value, in two ranges',
      {},
      at({ tied: true, reads: 'before' }),
      [{ filter: { createdAt: value, _id: { $gt: id } } }, { filter: { createdAt: { $gt: value } } }],
    ],
    ['after an id', byId, at({ tied: true }), [{ filter: { _id: { $lt: id } }, sort: { _id: -1 } }]],
    ['before an id', byId, at({ reads: 'before' }), [{ filter: { _id: { $gt: id } }, sort: { _id: 1 } }]],
  ])('%s', (_, part, position, expected) => {
    const reads = rangeReads(request(part), position);
    expect(reads).toHaveLength(expected.length);
    for (const [number, read] of reads.entries()) {
      expect(read).toMatchObject(expected[number] ?? {});
      expect(read.filter).toMatchObject({ status: 'active' });
    }
  });

  it('without an order where one row can match', () => {
    const shape = { filters: ['slug'], sort: undefined, index: index({ slug: 1 }, { unique: true }) };
    expect(rangeReads(request({ shape }), undefined)).toMatchObject([{ sort: {}, projection: { _id: 1, name: 1 } }]);
  });
});

/** A collection that answers each read with the next of these batches, and fails to count. */
const answering = (batches: Document[][], count: () => Promise<number> = async () => 0) => {
  const limits: number[] = [];
  const counts: unknown[] = [];
  const collection = {
    find: (_: unknown, { limit }: { readonly limit: number }) => {
      limits.push(limit);
      return { toArray: async () => batches.shift() ?? [] };
    },
    countDocuments: (...args: readonly unknown[]) => {
      counts.push(args);
      return count();
    },
    estimatedDocumentCount: async () => 1_000,
  };
  const cursors = new CursorCodec('x'.repeat(32), 60);
  return { limits, counts, cursors, reader: new ListReader(collection as unknown as Collection, cursors, 50) };
};
const row = (time: number, name = 'x'): Document => ({ _id: new ObjectId(), name, createdAt: new Date(time) });

describe('a page', () => {
  it.each<[string, Document[], boolean | undefined]>([
    ['no next page after its last row', [row(3), row(2)], undefined],
    ['a next page after another value', [row(3), row(2), row(1)], false],
    ['a next page within equal values', [row(3), row(2), row(2)], true],
  ])('has %s', async (_, rows, tied) => {
    const { reader, cursors } = answering([rows]);
    const { data, page } = await reader.read(request());
    expect(data).toEqual(rows.slice(0, 2).map(({ _id, name }) => ({ id: _id, name })));
    const place = { value: rows[1]?.['createdAt'], id: rows[1]?.['_id'], reads: 'after', tied };
    expect(page.nextCursor && cursors.open(page.nextCursor, 'list')).toEqual(tied === undefined ? null : place);
    expect(page.previousCursor).toBeNull();
  });

  it('is filled from the second range by what the first one has left', async () => {
    const { reader, cursors, limits } = answering([[row(3)], [row(2), row(1)]]);
    const cursor = cursors.seal(at({ tied: true }), 'list');
    expect((await reader.read(request({ cursor }))).data).toHaveLength(2);
    expect(limits).toEqual([3, 2]);
  });

  it('that is filled by equal values needs no second range', async () => {
    const { reader, cursors, limits } = answering([[row(3), row(3), row(3)]]);
    await reader.read(request({ cursor: cursors.seal(at({ tied: true }), 'list') }));
    expect(limits).toEqual([3]);
  });

  it('that was read backwards is shown forwards', async () => {
    const { reader, cursors } = answering([[row(1, 'c'), row(2, 'b'), row(3, 'a')]]);
    const cursor = cursors.seal(at({ reads: 'before' }), 'list');
    const { data, page } = await reader.read(request({ cursor }));
    expect(data.map(({ name }) => name)).toEqual(['b', 'c']);
    expect(cursors.open(page.previousCursor ?? '', 'list')).toMatchObject({ reads: 'before' });
    expect(cursors.open(page.nextCursor ?? '', 'list')).toMatchObject({ reads: 'after' });
  });

  it("refuses another list's cursor before it asks the database", async () => {
    const { reader, cursors, limits } = answering([]);
    const cursor = cursors.seal(at(), 'another list');
    await expect(reader.read(request({ cursor }))).rejects.toMatchObject({ kind: 'invalid-cursor' });
    expect(limits).toEqual([]);
  });
});

describe('a total', () => {
  it.each<[string, Partial<ListRequest>, object]>([
    ['is left out unless it is asked for', { count: 'none' }, {}],
    ['is exact when asked', { count: 'exact' }, { total: 7, totalIs: 'exact' }],
    ['is estimated for everything', { count: 'estimate', filter: {} }, { total: 1_000, totalIs: 'estimate' }],
    ['is never estimated under a filter', { count: 'estimate' }, { total: 7, totalIs: 'exact' }],
  ])('%s', async (_, part, expected) => {
    const { page } = await answering([[]], async () => 7).reader.read(request(part));
    const { limit, nextCursor, previousCursor, ...total } = page;
    expect(total).toEqual(expected);
  });

  it('of everything is counted in the index of ids, within its time', async () => {
    const { reader, counts } = answering([[]], async () => 7);
    await reader.read(request({ count: 'exact', filter: {} }));
    expect(counts).toEqual([[{}, { maxTimeMS: 50, hint: '_id_' }]]);
  });

  it('that takes too long is left out, and the page answered', async () => {
    const tooLong = new MongoServerError({ message: 'operation exceeded time limit', code: 50 });
    const { reader } = answering([[row(1)]], () => Promise.reject(tooLong));
    const { data, page } = await reader.read(request({ count: 'exact' }));
    expect([data.length, page.totalIs, page.total]).toEqual([1, 'timed-out', undefined]);
  });

  it('that fails otherwise fails the page', async () => {
    const { reader } = answering([[row(1)]], () => Promise.reject(new Error('broken')));
    await expect(reader.read(request({ count: 'exact' }))).rejects.toThrow('broken');
  });
});
