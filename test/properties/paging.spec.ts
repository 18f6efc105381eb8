import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ListShape } from '../../src/common/lists/list-shapes.js';
import type { PageBody } from '../support/api-client.js';
import { startService, type TestService } from '../support/service.js';
import { documentOf, filterQuery, inOrder, type Row, SORTED_LISTS, type SortedLists, someRows } from './random-rows.js';

let service: TestService;
beforeAll(async () => {
  // The rows come and go past the service, which knows of no write.
  service = await startService({ CACHE_ENABLED: 'false' });
});
afterAll(() => service.stop());

/**
 * A failure prints the seed and the path that repeat it. It isn't shrunk: each smaller case is a walk over HTTP, and
 * together they take longer than a test may.
 */
const RUNS = { numRuns: 6, endOnFailure: true };
/** More pages than any walk over so few rows has. */
const ENDLESS = 200;
const someLimits = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 });

describe.each(SORTED_LISTS)('$called', (lists) => {
  const someShape = fc.constantFrom(...lists.shapes);

  it('gives each row once and in order, forwards, backwards and by offset', async () => {
    const property = fc.asyncProperty(someShape, someRows, someLimits, async (shape, rows, limits) => {
      await store(lists, shape, rows);
      const expected = inOrder(lists, shape, rows);
      expect(idsOf(await reader(lists, shape, limits).forward())).toEqual(expected);

      const [limit = 1] = limits;
      const even = reader(lists, shape, [limit]);
      const forward = await even.forward();
      expect(idsOf(forward)).toEqual(expected);
      const backward = await even.back(forward.at(-1));
      expect(backward.map(({ data }) => data)).toEqual(
        forward
          .slice(0, -1)
          .map(({ data }) => data)
          .toReversed(),
      );
      for (const [at, { data }] of forward.entries()) {
        expect((await even.page({ page: at + 1 })).data).toEqual(data);
      }
    });
    await fc.assert(property, RUNS);
  });

  it('gives each row that stays once and in order while others come and go', async () => {
    const property = fc.asyncProperty(someShape, someRows, someLimits, async (shape, rows, limits) => {
      await store(
        lists,
        shape,
        rows.filter(({ comes }) => comes === null),
      );
      const staying = inOrder(
        lists,
        shape,
        rows.filter(({ comes, goes }) => comes === null && goes === null),
      );
      const everyRow = inOrder(lists, shape, rows);
      const read = reader(lists, shape, limits, (step) => change(lists, shape, rows, step));
      const those = (ids: readonly string[], among: readonly string[]) => ids.filter((id) => among.includes(id));

      const forward = await read.forward();
      expect(those(idsOf(forward), staying)).toEqual(staying);
      expect(idsOf(forward)).toEqual(those(everyRow, idsOf(forward)));

      const last = forward.findLast(({ data }) => data.length > 0);
      const back = (await read.back(last)).toReversed();
      const before = everyRow.slice(0, everyRow.indexOf(String(last?.data[0]?.['id'])));
      expect(those(idsOf(back), staying)).toEqual(those(staying, before));
      expect(idsOf(back)).toEqual(those(before, idsOf(back)));
    });
    await fc.assert(property, RUNS);
  });
});

const idsOf = (pages: readonly PageBody[]): string[] => pages.flatMap(({ data }) => data.map(({ id }) => String(id)));

async function store({ collection }: SortedLists, shape: ListShape, rows: readonly Row[]): Promise<void> {
  await service.db.collection(collection).deleteMany({});
  if (rows.length > 0) await service.db.collection(collection).insertMany(rows.map((row) => documentOf(shape, row)));
}

/** Rows come before others go, so that a row may do both at one step. */
async function change(
  { collection }: SortedLists,
  shape: ListShape,
  rows: readonly Row[],
  step: number,
): Promise<void> {
  const documents = (chosen: readonly Row[]) => chosen.map((row) => documentOf(shape, row));
  const come = documents(rows.filter(({ comes }) => comes === step));
  const go = documents(rows.filter(({ goes }) => goes === step));
  if (come.length > 0) await service.db.collection(collection).insertMany(come);
  if (go.length > 0) await service.db.collection(collection).deleteMany({ _id: { $in: go.map(({ _id }) => _id) } });
}

/** Reads pages, each as long as the next of the limits. Before each but the first, `between` is told its number. */
function reader(
  { resource, field, direction }: SortedLists,
  shape: ListShape,
  limits: readonly number[],
  between: (step: number) => Promise<void> = async () => undefined,
) {
  const sort = `${direction === 1 ? '' : '-'}${field === '_id' ? 'id' : field}`;
  let step = 0;
  const page = async (place: { readonly cursor?: string; readonly page?: number } = {}): Promise<PageBody> => {
    if (step > 0) await between(step);
    const limit = limits[step % limits.length] ?? 1;
    step += 1;
    const query = { ...filterQuery(shape), sort, limit, fields: 'version', ...place };
    const { status, body } = await service.api.page(`/${resource.name}`, query);
    if (status !== 200) throw new Error(`${JSON.stringify(query)} answered ${status}: ${JSON.stringify(body)}`);
    expect(body.data.length).toBeLessThanOrEqual(limit);
    return body;
  };
  const follow = async (
    start: readonly PageBody[],
    from: PageBody | undefined,
    link: 'nextCursor' | 'previousCursor',
  ) => {
    const pages = [...start];
    for (let cursor = from?.page[link]; cursor; cursor = pages.at(-1)?.page[link]) {
      pages.push(await page({ cursor }));
      if (pages.length > ENDLESS) throw new Error(`${link} leads on without an end`);
    }
    return pages;
  };
  return {
    page,
    /** All pages from the first on. */
    forward: async () => {
      const first = await page();
      return follow([first], first, 'nextCursor');
    },
    /** All pages before this one, the nearest first. */
    back: (from: PageBody | undefined) => follow([], from, 'previousCursor'),
  };
}
