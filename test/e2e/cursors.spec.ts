import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ObjectId } from 'mongodb';
import { CursorCodec } from '../../src/common/lists/cursor.js';
import type { Answer, ApiClient, PageBody } from '../support/api-client.js';
import { Directory } from '../support/directory.js';
import { startService, type TestService } from '../support/service.js';
import { expectProblem, named } from './problem-shape.js';

const CURSOR_SECRET = 'a-secret-of-32-characters-or-more';
let service: TestService;
let api: ApiClient;
let organizationId: string;
let other: string;
beforeAll(async () => {
  service = await startService({ CURSOR_SECRET });
  api = service.api;
  const directory = new Directory(api);
  [organizationId, other] = (await Promise.all([directory.organization(), directory.organization()])).map(
    ({ id }) => id,
  ) as [string, string];
  // Names repeat, so that pages end among equals.
  for (let number = 0; number < 11; number += 1) {
    await directory.clinic(organizationId, { name: `Clinic ${Math.floor(number / 4)}`, code: `N-${number}` });
  }
  await directory.clinic(other);
});
afterAll(() => service.stop());

/** The relations of a Link header. */
function links(answer: Answer<unknown>): Record<string, string> {
  const header = answer.headers.get('link') ?? '';
  return Object.fromEntries(
    [...header.matchAll(/<([^>]*)>; rel="(\w+)"/g)].map(([, url = '', rel = '']) => [rel, url]),
  );
}

const follow = (url: string) => api.page(url.replace('/api/v1', ''));

/** All pages from the first one on, by the links alone. */
async function walk(start: string, relation: 'next' | 'prev'): Promise<Answer<PageBody>[]> {
  const pages = [await follow(start)];
  for (;;) {
    const further = links(pages.at(-1) as Answer<PageBody>)[relation];
    if (further === undefined) return pages;
    pages.push(await follow(further));
  }
}

const ids = (pages: readonly Answer<PageBody>[]) => pages.flatMap(({ body }) => body.data.map(({ id }) => id));

describe.each(['createdAt', '-createdAt', 'name', '-name'])('sorted by %s', (sort) => {
  it.each([1, 2, 3, 5, 10, 11, 12])('pages of %d walk the whole list and back', async (limit) => {
    const whole = ids([await api.page('/clinics', { organizationId, sort })]);
    expect(whole).toHaveLength(11);
    const first = `/api/v1/clinics?organizationId=${organizationId}&sort=${sort}&limit=${limit}`;
    const forth = await walk(first, 'next');
    expect(ids(forth)).toEqual(whole);
    expect(forth).toHaveLength(Math.ceil(11 / limit));
    const last = forth.at(-1) as Answer<PageBody>;
    const before = links(last)['prev'];
    const back = before === undefined ? [] : await walk(before, 'prev');
    expect(ids([...back.toReversed(), last])).toEqual(whole);
  });
});

describe('links', () => {
  const start = () => `/clinics?organizationId=${organizationId}&limit=4&fields=name&sort=name`;

  it('keep the query, and name what the body names', async () => {
    const page = await api.page(start());
    const { first, next, prev, last } = links(page);
    expect([prev, last]).toEqual([undefined, undefined]);
    expect(first).toBe(`/api/v1${start()}`);
    expect(next).toBe(`/api/v1${start()}&cursor=${page.body.page.nextCursor}`);
    const second = await follow(String(next));
    expect(links(second)['prev']).toContain(`cursor=${second.body.page.previousCursor}`);
    expect(links(second)['first']).toBe(first);
  });

  it('the first page that is walked back to has no previous one', async () => {
    const second = await follow(String(links(await api.page(start()))['next']));
    const first = await follow(String(links(second)['prev']));
    expect(first.body.page.previousCursor).toBeNull();
    expect(links(first)['prev']).toBeUndefined();
  });

  it('an empty list has a first page alone', async () => {
    const page = await api.page(`${start()}&status=archived`);
    expect(page.body.data).toEqual([]);
    expect(Object.keys(links(page))).toEqual(['first']);
  });

  it('the last page is known where pages are numbered and counted', async () => {
    const query = `organizationId=${organizationId}&limit=4&count=exact`;
    const page = await api.page(`/clinics?${query}&page=2`);
    expect(links(page)['last']).toBe(`/api/v1/clinics?${query}&page=3`);
    expect(links(page)['first']).toBe(`/api/v1/clinics?${query}&page=1`);
    expect((await follow(String(links(page)['last']))).body.data).toHaveLength(3);
    expect(links(await api.page(`/clinics?${query}`))['last']).toBeUndefined();
    expect(links(await api.page(`/clinics?${query.replace('exact', 'none')}&page=2`))['last']).toBeUndefined();
  });
});

describe('pages by number', () => {
  it('hold the rows that follow those before, and lead on by cursor', async () => {
    const query = { organizationId, sort: 'name', limit: 4 };
    const whole = ids([await api.page('/clinics', { organizationId, sort: 'name' })]);
    const pages = await Promise.all([1, 2, 3, 4].map((page) => api.page('/clinics', { ...query, page })));
    expect(ids(pages)).toEqual(whole);
    expect(pages[3]?.body.data).toEqual([]);
    const cursor = pages[1]?.body.page.nextCursor;
    expect(ids([await api.page('/clinics', { ...query, cursor })])).toEqual(whole.slice(8));
    const back = pages[2]?.body.page.previousCursor;
    expect(ids([await api.page('/clinics', { ...query, cursor: back })])).toEqual(whole.slice(4, 8));
  });

  it('end at row 10,000, with a pointer to cursors', async () => {
    expect((await api.get('/clinics', { page: 100, limit: 100 })).status).toBe(200);
    expect((await api.get('/clinics', { page: 500 })).status).toBe(200);
    for (const query of [{ page: 101, limit: 100 }, { page: 501 }, { page: 10_000, limit: 2 }]) {
      const answer = await api.get('/clinics', query);
      expectProblem(answer, 'page-too-deep');
      expect(answer.body['detail']).toContain('nextCursor');
    }
  });

  it.each(['0', '-1', '1.5', 'x', '', '10001'])('page=%s is none', async (page) => {
    expectProblem(await api.get('/clinics', { page }), 'validation-failed');
  });

  it('a page and a cursor exclude each other', async () => {
    const cursor = (await api.page('/clinics', { limit: 1 })).body.page.nextCursor;
    const answer = await api.get('/clinics', { limit: 1, cursor, page: 2 });
    expectProblem(answer, 'validation-failed');
    expect(named(answer)).toEqual(['page']);
  });
});

describe('a cursor', () => {
  const query = () => ({ organizationId, sort: 'name', limit: 4 });
  const cursor = async () => String((await api.page('/clinics', query())).body.page.nextCursor);
  const refused = async (path: string, change: Record<string, string | number | undefined>) => {
    const answer = await api.get(path, { ...query(), cursor: await cursor(), ...change });
    expectProblem(answer, 'invalid-cursor');
    expect(named(answer)).toEqual(['cursor']);
  };

  it.each([
    ['of another order', { sort: '-name' }],
    ['of another sort', { sort: 'createdAt' }],
    ['of further filters', { status: 'active' }],
    ['without its filter', { organizationId: undefined, sort: 'createdAt' }],
  ])('is not one %s', async (_, change) => refused('/clinics', change));

  it('of one organization does not open the list of another', () => refused('/clinics', { organizationId: other }));

  it('of one resource does not open another', () => refused('/providers', { sort: 'createdAt' }));

  it('goes on with another page size and other fields', async () => {
    const answer = await api.page('/clinics', { ...query(), cursor: await cursor(), limit: 2, fields: 'code' });
    expect([answer.status, answer.body.data.length]).toEqual([200, 2]);
  });

  it('shows nothing of what it holds and does not survive a change', async () => {
    const token = await cursor();
    expect(Buffer.from(token, 'base64url').toString('latin1')).not.toMatch(/Clinic/);
    for (const at of [0, Math.floor(token.length / 2), token.length - 2]) {
      const changed = `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`;
      await refused('/clinics', { cursor: changed });
    }
    for (const changed of [
      token.slice(1),
      token.slice(0, -4),
      `${token}AAAA`,
      `${token}=`,
      'x',
      'AAAA',
      'null',
      '{}',
    ]) {
      await refused('/clinics', { cursor: changed });
    }
  });

  it('expires', async () => {
    const past = new CursorCodec(CURSOR_SECRET, 60, () => Date.now() - 63_000);
    const fresh = new CursorCodec(CURSOR_SECRET, 60);
    const place = { value: 'Clinic 1', id: new ObjectId(), reads: 'after', tied: true } as const;
    const list = `clinics\nname:1\norganizationId=${JSON.stringify(new ObjectId(organizationId))}`;
    const good = await api.get('/clinics', { ...query(), cursor: fresh.seal(place, list) });
    expect(good.status).toBe(200);
    const answer = await api.get('/clinics', { ...query(), cursor: past.seal(place, list) });
    expectProblem(answer, 'invalid-cursor');
    expect(answer.body['detail']).toContain('expired');
  });
});
