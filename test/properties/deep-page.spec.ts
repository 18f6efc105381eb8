import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ObjectId } from 'mongodb';
import { type Answer, PAST_THE_CACHE, type PageBody } from '../support/api-client.js';
import { startMonitoredService } from '../support/command-log.js';
import { explain, PLANS_LIKE_MONGOD } from '../support/explain.js';

const itWithPlans = PLANS_LIKE_MONGOD ? it : it.skip;

const DEPTH = 10_000;
const organizationId = new ObjectId();
const NAMES = ['Port Lions Dental', 'Port Moller Smile'];

let service: Awaited<ReturnType<typeof startMonitoredService>>;
beforeAll(async () => {
  service = await startMonitoredService();
  const clinics = Array.from({ length: DEPTH + 100 }, (_, at) => ({
    ...{
      organizationId,
      name: NAMES[at % 2],
      code: String(at).padStart(5, '0'),
      status: 'active',
      searchTerms: ['port'],
    },
    ...{ address: { city: 'Juneau', country: 'US' }, phone: '+1 907 555 0101', version: 1, holds: 0 },
    // Fifty at a time share a moment, so that deep pages begin among equal values.
    ...{ createdAt: new Date(Date.UTC(2026, 0, 1, Math.floor(at / 50))), updatedAt: new Date(0) },
  }));
  await service.db.collection('clinics').insertMany(clinics);
});
afterAll(() => service.stop());

/** Of one page of 20 rows: its size over HTTP and what its queries look at. */
async function cost(query: Record<string, string>) {
  let answer: Answer<PageBody> | undefined;
  const sent = await service.commands.during(async () => {
    const asked = { organizationId: String(organizationId), ...query, limit: 20 };
    answer = await service.api.page('/clinics', asked, PAST_THE_CACHE);
  });
  let keys = 0;
  for (const { command } of sent) {
    const { find, filter, sort, projection, limit } = command;
    keys += (await explain(service.db, { find, filter, sort, projection, limit })).keys;
  }
  return { rows: answer?.body.data.length, keys, bytes: Number(answer?.headers.get('content-length')) };
}

/** The cursor at the depth, from the last page that an offset reaches. */
async function deepCursor(query: Record<string, string>): Promise<string> {
  const asked = { organizationId: String(organizationId), ...query, limit: 100, page: DEPTH / 100 };
  return (await service.api.page('/clinics', asked)).body.page.nextCursor ?? '';
}

describe.each([
  ['-createdAt', { sort: '-createdAt' }],
  ['createdAt', { sort: 'createdAt' }],
  ['name', { sort: 'name' }],
  ['a search', { search: 'port' }],
])('a page 10,000 rows deep in the order of %s', (_, query: Record<string, string>) => {
  it('is as many bytes as the first page', async () => {
    const first = await cost(query);
    const deep = await cost({ ...query, cursor: await deepCursor(query) });
    expect([first.rows, deep.rows]).toEqual([20, 20]);
    expect(deep.bytes).toBeLessThanOrEqual(1.2 * first.bytes);
  });

  itWithPlans('looks at as many keys as the first page', async () => {
    const first = await cost(query);
    const deep = await cost({ ...query, cursor: await deepCursor(query) });
    expect([first.keys, deep.keys]).toEqual([21, 21]);
  });
});
