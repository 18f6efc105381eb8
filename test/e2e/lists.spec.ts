import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiClient } from '../support/api-client.js';
import { type ApiRecord, Directory } from '../support/directory.js';
import { startService, type TestService } from '../support/service.js';
import { expectProblem, named } from './problem-shape.js';
import { resourceCases, UNKNOWN_ID } from './resource-cases.js';

let service: TestService;
let api: ApiClient;
let directory: Directory;
/** Five clinics, made one after another: Echo to Alpha, every second one inactive. */
let clinics: ApiRecord[];
let organizationId: string;
beforeAll(async () => {
  service = await startService();
  api = service.api;
  directory = new Directory(api);
  organizationId = (await directory.organization()).id;
  clinics = [];
  for (const [place, name] of ['Echo', 'Delta', 'Charlie', 'Bravo', 'Alpha'].entries()) {
    const status = place % 2 === 0 ? 'active' : 'inactive';
    clinics.push(await directory.clinic(organizationId, { name, code: `CODE-${name}`, status }));
  }
  await directory.clinic((await directory.organization()).id, { name: 'Elsewhere' });
});
afterAll(() => service.stop());

const names = async (query: Record<string, string>) => {
  const { status, body } = await api.page('/clinics', { organizationId, ...query });
  expect([query, status]).toEqual([query, 200]);
  return body.data.map(({ name }) => name);
};

describe.each(resourceCases)('the list of $name', ({ path }) => {
  it.each(['0', '101', '-1', '1.5', '1e1', 'ten', '', ' 5', '٣', '99999999999'])('refuses limit=%s', async (limit) => {
    const answer = await api.get(path, { limit });
    expectProblem(answer, 'validation-failed');
    expect(named(answer)).toEqual(['limit']);
    expect(JSON.stringify(answer.body['errors'])).toMatch(/from 1 to 100/);
  });

  it('has 20 rows a page unless asked, 1 to 100 when asked', async () => {
    expect((await api.page(path)).body.page.limit).toBe(20);
    for (const limit of [1, 100]) {
      const { status, body } = await api.page(path, { limit });
      expect([status, body.page.limit]).toEqual([200, limit]);
      expect(body.data.length).toBeLessThanOrEqual(limit);
    }
  });

  it.each(['nonsense', 'offset', 'Limit', '_id', 'name.first', '$where'])('does not know ?%s', async (parameter) => {
    const answer = await api.get(path, { [parameter]: '1' });
    expectProblem(answer, 'validation-failed');
    expect(answer.body['errors']).toEqual([{ parameter, message: 'is not known' }]);
  });

  it.each(['nonsense', '-nonsense', '--createdAt', 'version', '', '_id'])('refuses sort=%s', async (sort) => {
    expectProblem(await api.get(path, { sort }), 'validation-failed');
  });

  it.each(['all', '', 'true', 'EXACT'])('refuses count=%s', async (count) => {
    expectProblem(await api.get(path, { count }), 'validation-failed');
  });
});

describe('filters and sorts', () => {
  it('an organization sees its own clinics alone, the newest first', async () => {
    expect(await names({})).toEqual(['Alpha', 'Bravo', 'Charlie', 'Delta', 'Echo']);
  });

  it.each([
    ['createdAt', ['Echo', 'Delta', 'Charlie', 'Bravo', 'Alpha']],
    ['-createdAt', ['Alpha', 'Bravo', 'Charlie', 'Delta', 'Echo']],
    ['name', ['Alpha', 'Bravo', 'Charlie', 'Delta', 'Echo']],
    ['-name', ['Echo', 'Delta', 'Charlie', 'Bravo', 'Alpha']],
  ])('sort=%s', async (sort, expected) => {
    expect(await names({ sort })).toEqual(expected);
  });

  it('filters combine with a sort', async () => {
    expect(await names({ status: 'active', sort: 'name' })).toEqual(['Alpha', 'Charlie', 'Echo']);
    expect(await names({ status: 'inactive' })).toEqual(['Bravo', 'Delta']);
    expect(await names({ status: 'archived' })).toEqual([]);
  });

  it('a unique value finds its one record', async () => {
    expect(await names({ code: 'CODE-Delta' })).toEqual(['Delta']);
    expect(await names({ code: 'code-delta' })).toEqual([]);
  });

  it('a value that a filter cannot have is refused', async () => {
    for (const query of [{ status: 'deleted' }, { organizationId: 'not-an-id' }, { status: '' }]) {
      expectProblem(await api.get('/clinics', { ...query }), 'validation-failed');
    }
  });

  it('a combination that no index serves is refused, with those that are served', async () => {
    const answer = await api.get('/clinics', { status: 'active', sort: 'name' });
    expectProblem(answer, 'query-not-served');
    expect(answer.body['served']).toContainEqual({ filters: ['organizationId', 'status'], sort: 'name' });
    expect(answer.body['served']).toContainEqual({ filters: ['organizationId', 'search'], sort: 'id' });
    expect(JSON.stringify(answer.body)).not.toMatch(/searchTerms|_id/);
  });

  it('an organization without clinics has an empty list', async () => {
    const { status, body } = await api.page('/clinics', { organizationId: UNKNOWN_ID, count: 'exact' });
    expect(status).toBe(200);
    expect(body).toEqual({
      data: [],
      page: { limit: 20, nextCursor: null, previousCursor: null, total: 0, totalIs: 'exact' },
    });
  });
});

describe('counts', () => {
  it('nothing is counted unless asked', async () => {
    for (const query of [{}, { count: 'none' }]) {
      const { body } = await api.page('/clinics', { organizationId, ...query });
      expect(body.page).not.toHaveProperty('total');
      expect(body.page).not.toHaveProperty('totalIs');
    }
  });

  it('an exact count is of the whole list, whatever the page', async () => {
    const { body } = await api.page('/clinics', { organizationId, status: 'active', limit: 1, count: 'exact' });
    expect(body.page).toMatchObject({ total: 3, totalIs: 'exact' });
    const everywhere = await api.page('/clinics', { count: 'exact' });
    expect(everywhere.body.page).toMatchObject({ total: 6, totalIs: 'exact' });
  });

  it('an estimate is one only without filters; with filters it is exact', async () => {
    const everywhere = await api.page('/clinics', { count: 'estimate' });
    expect(everywhere.body.page).toMatchObject({ total: 6, totalIs: 'estimate' });
    const filtered = await api.page('/clinics', { organizationId, count: 'estimate' });
    expect(filtered.body.page).toMatchObject({ total: 5, totalIs: 'exact' });
  });

  it('a search is counted like any other list', async () => {
    const { body } = await api.page('/clinics', { organizationId, search: 'code', count: 'exact' });
    expect(body.page).toMatchObject({ total: 5, totalIs: 'exact' });
  });
});

it('fields of a page are those asked for, and the total stays', async () => {
  const { body } = await api.page('/clinics', {
    organizationId,
    fields: 'name',
    sort: 'name',
    count: 'exact',
    limit: 2,
  });
  expect(body.data).toEqual([
    { id: clinics[4]?.id, name: 'Alpha' },
    { id: clinics[3]?.id, name: 'Bravo' },
  ]);
  expect(body.page.total).toBe(5);
});
