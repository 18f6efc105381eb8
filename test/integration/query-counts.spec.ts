import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ObjectId } from 'mongodb';
import type { Answer, PageBody } from '../support/api-client.js';
import { type SentCommand, startMonitoredService } from '../support/command-log.js';
import { type ApiRecord, Directory } from '../support/directory.js';

let service: Awaited<ReturnType<typeof startMonitoredService>>;
let directory: Directory;
let organization: ApiRecord;
let clinic: ApiRecord;
let provider: ApiRecord;
let assignment: ApiRecord;

beforeAll(async () => {
  service = await startMonitoredService();
  directory = new Directory(service.api);
});
afterAll(() => service.stop());

beforeEach(async () => {
  organization = await directory.organization();
  clinic = await directory.clinic(organization.id);
  provider = await directory.provider(organization.id);
  assignment = await directory.assignment(provider.id, clinic.id);
});

/** What was sent for a request that succeeds. */
async function sentFor(request: () => Promise<Answer<unknown>>): Promise<readonly SentCommand[]> {
  let answer: Answer<unknown> | undefined;
  const sent = await service.commands.during(async () => {
    answer = await request();
  });
  if (answer === undefined || answer.status >= 400) throw new Error(`answered ${JSON.stringify(answer?.body)}`);
  return sent;
}

const lines = (sent: readonly SentCommand[]): readonly string[] => sent.map(({ line }) => line);

describe('a list', () => {
  const list = (query: Record<string, string | number>) =>
    sentFor(() => service.api.page('/clinics', { organizationId: organization.id, ...query }));

  /** Clinics under the same second, or each with its own. */
  const seed = async (count: number, sameTime: boolean) => {
    const { db } = service;
    const model = await db.collection('clinics').findOne({ code: clinic['code'] });
    await db.collection('clinics').insertMany(
      Array.from({ length: count }, (_, at) => {
        const { _id, ...fields } = model ?? {};
        return { ...fields, code: `S-${at}`, createdAt: new Date(Date.UTC(2020, 0, 1, 0, 0, sameTime ? 0 : at)) };
      }),
    );
  };

  it('reads and counts at the same time', async () => {
    const query = { organizationId: organization.id, count: 'exact' };
    // Past the cache, which is asked before it is counted.
    const sent = await sentFor(() => service.api.get('/clinics', query, { 'cache-control': 'no-cache' }));
    expect(sent.map(({ line, inFlight }) => [line, inFlight])).toEqual([
      ['find clinics', 0],
      ['aggregate clinics', 1],
    ]);
  });

  it.each([
    ['one more read after a cursor between different values', false, ['find clinics']],
    ['two reads after a cursor within equal values that the page goes beyond', true, ['find clinics', 'find clinics']],
  ])('costs %s', async (_, sameTime, expected) => {
    await seed(3, sameTime);
    const query = { organizationId: organization.id, sort: 'createdAt', limit: 2 };
    const first = await service.api.page('/clinics', query);
    expect(lines(await list({ ...query, cursor: first.body.page.nextCursor ?? '' }))).toEqual(expected);
  });

  it('costs one read after a cursor within equal values that fill the page', async () => {
    await seed(6, true);
    const query = { organizationId: organization.id, sort: 'createdAt', limit: 2 };
    const first = await service.api.page('/clinics', query);
    expect(lines(await list({ ...query, cursor: first.body.page.nextCursor ?? '' }))).toEqual(['find clinics']);
  });

  it('counts once for all of its pages', async () => {
    await seed(3, false);
    const counts = async (page: number) => lines(await list({ count: 'exact', limit: 2, page }));
    expect([await counts(1), await counts(2)]).toEqual([
      expect.arrayContaining(['find clinics', 'aggregate clinics']),
      ['find clinics'],
    ]);
  });

  it('takes a page of 100 in one batch', async () => {
    await seed(150, false);
    const [find, ...more] = await list({ limit: 100 });
    expect([find?.command['limit'], find?.command['batchSize'], more]).toEqual([101, expect.any(Number), []]);
  });
});

describe('an assignments page with what it refers to', () => {
  const sides = [
    ['the clinics of a provider', 'clinics', () => `/assignments/provider/${provider.id}/clinics`],
    ['the staff of a clinic', 'providers', () => `/assignments/clinic/${clinic.id}/staff`],
  ] as const;
  const cases = sides.flatMap((side) => [1, 20, 100].map((limit) => [...side, limit] as const));

  /** 120 clinics for the provider and 120 providers for the clinic. */
  const seed = async () => {
    const copies = async (collection: string, id: string, change: (at: number) => object) => {
      const records = service.db.collection(collection);
      const { _id, ...fields } = (await records.findOne({ _id: new ObjectId(id) })) ?? {};
      return (await records.insertMany(Array.from({ length: 120 }, (_, at) => ({ ...fields, ...change(at) }))))
        .insertedIds;
    };
    const clinics = await copies('clinics', clinic.id, (at) => ({ code: `S-${at}` }));
    const providers = await copies('providers', provider.id, (at) => ({ licenseNumber: `S-${at}` }));
    await copies('provider_clinic_assignments', assignment.id, (at) => ({ clinicId: clinics[at] }));
    await copies('provider_clinic_assignments', assignment.id, (at) => ({ providerId: providers[at] }));
  };

  it.each(cases)('%s: exactly two queries, the second in %s', async (_, loaded, path, limit) => {
    await seed();
    let page: PageBody | undefined;
    const sent = await sentFor(async () => {
      const answer = await service.api.page(path(), { limit });
      page = answer.body;
      return answer;
    });
    expect([page?.data.length, lines(sent)]).toEqual([limit, ['find provider_clinic_assignments', `find ${loaded}`]]);
  });

  it.each(sides)('%s: two queries for an empty page as well', async (_, _loaded, path) => {
    await service.api.delete(`/assignments/${assignment.id}`);
    expect(await sentFor(() => service.api.page(path()))).toHaveLength(2);
  });
});

describe('what leaves the database', () => {
  const projection = async (path: string, query: Record<string, string>) =>
    (await sentFor(() => service.api.get(path, query))).map(({ command }) => command['projection']);

  it('is only the selected fields of a record', async () => {
    expect(await projection(`/clinics/${clinic.id}`, { fields: 'name,address.city' })).toEqual([
      { _id: 1, name: 1, 'address.city': 1 },
    ]);
  });

  it('is only the selected fields of a list, and the value that a cursor needs', async () => {
    expect(await projection('/clinics', { fields: 'name' })).toEqual([{ _id: 1, name: 1, createdAt: 1 }]);
  });

  it('is never a field that the API does not answer', async () => {
    const [record, list] = [await projection(`/clinics/${clinic.id}`, {}), await projection('/clinics', {})];
    for (const fields of [...record, ...list]) {
      expect(fields).toEqual(expect.objectContaining({ name: 1, version: 1 }));
      expect(fields).not.toHaveProperty('searchTerms');
      expect(fields).not.toHaveProperty('holds');
    }
  });
});

it('a client that has the current version gets no body, for one query the first time and none from then on', async () => {
  for (const [outcome, cost] of [['MISS', ['find clinics']] as const, ['HIT', []] as const, ['HIT', []] as const]) {
    let answer: Answer<unknown> | undefined;
    const headers = { 'if-none-match': `"${clinic.version}"` };
    const sent = await service.commands.during(async () => {
      answer = await service.api.get(`/clinics/${clinic.id}`, {}, headers);
    });
    expect([answer?.status, answer?.body]).toEqual([304, '']);
    expect([answer?.headers.get('x-cache'), lines(sent)]).toEqual([outcome, cost]);
  }
});
