import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { ObjectId } from 'mongodb';
import { ChangeFollowing } from '../../src/common/database/change-following.js';
import type { Answer } from '../support/api-client.js';
import { type ApiRecord, Directory } from '../support/directory.js';
import { type ScratchDatabase, scratchDatabase } from '../support/scratch-database.js';
import { startService, type TestService } from '../support/service.js';
import { untilAnswer } from '../support/until.js';
import { syncedClinic } from './support/synced-clinic.js';

/** Far below the life of any entry. */
const SOON_MS = 10_000;

const FOLLOWING = { CACHE_FOLLOW_CHANGES: 'true', CACHE_TTL_SECONDS: 'lists=300,counts=300,assignments=300' };
const NOT_FOLLOWING = { ...FOLLOWING, CACHE_FOLLOW_CHANGES: 'false' };

let scratch: ScratchDatabase;
let redis: Redis;
beforeAll(async () => {
  scratch = await scratchDatabase();
  redis = new Redis(process.env['TEST_REDIS_URL'] ?? '');
});
afterAll(async () => {
  await scratch.drop();
  redis.disconnect();
});

const collection = (name: string) => scratch.connection.getClient().db(scratch.name).collection(name);
const idOf = (record: ApiRecord): ObjectId => new ObjectId(record.id);
const tokenKey = () => `${scratch.name}:changes:token`;

const start = (variables: Readonly<Record<string, string>>): Promise<TestService> =>
  startService({ MONGODB_DATABASE: scratch.name, ...variables });

const following = (service: TestService): ChangeFollowing => service.app.get(ChangeFollowing, { strict: false });

const get = (service: TestService, path: string): Promise<Answer> => service.api.get(path);

/** Asks until the answer comes from the cache. */
const hit = async (service: TestService, path: string): Promise<Answer> =>
  (
    await untilAnswer(
      () => get(service, path),
      ({ headers }) => headers.get('x-cache') === 'HIT',
      SOON_MS,
    )
  ).answer;

const fresh = async (service: TestService, path: string, isFresh: (answer: Answer) => boolean): Promise<Answer> =>
  (await untilAnswer(() => get(service, path), isFresh, SOON_MS)).answer;

const rows = ({ body }: Answer): ApiRecord[] => body['data'] as ApiRecord[];
const ids = (answer: Answer): string[] => rows(answer).map(({ id }) => id);

/** Waits until all that was written so far has been released: changes are released in their order. */
async function settled(service: TestService): Promise<void> {
  const document = syncedClinic(new ObjectId());
  const path = `/clinics/${document._id.toHexString()}`;
  await get(service, path);
  await collection('clinics').insertOne(document);
  await fresh(service, path, ({ status }) => status === 200);
}

describe('what is written past two services is seen by both', () => {
  let services: readonly TestService[];
  let organization: ApiRecord;
  let other: ApiRecord;
  beforeAll(async () => {
    const first = await start(FOLLOWING);
    services = [first, await start(FOLLOWING)];
    const directory = new Directory(first.api);
    organization = await directory.organization();
    other = await directory.organization();
  });
  afterAll(async () => {
    for (const service of services) await service.stop();
  });

  /** Has all services answer from their caches, writes, and waits for all of them to answer what was written. */
  async function seenByAll(
    write: () => Promise<unknown>,
    expected: Readonly<Record<string, (answer: Answer) => boolean>>,
  ): Promise<void> {
    const [first] = services;
    if (first !== undefined) await settled(first);
    const asked = services.flatMap((service) => Object.entries(expected).map(([path, is]) => ({ service, path, is })));
    for (const { service, path, is } of asked) {
      // An absence is cached as well, and says so in the header.
      expect(is(await hit(service, path))).toBe(false);
    }
    await write();
    await Promise.all(asked.map(({ service, path, is }) => fresh(service, path, is)));
  }

  const clinic = () => new Directory((services[0] as TestService).api).clinic(organization.id);
  const listOf = ({ id }: ApiRecord) => `/clinics?organizationId=${id}&limit=100`;

  it('an insert: the record that was missing, the lists and the summary', async () => {
    const document = syncedClinic(idOf(organization));
    const id = document._id.toHexString();
    const before = (await get(services[0] as TestService, `/organizations/${organization.id}/summary`)).body;
    await seenByAll(() => collection('clinics').insertOne(document), {
      [`/clinics/${id}`]: ({ status }) => status === 200,
      [listOf(organization)]: (answer) => ids(answer).includes(id),
      '/clinics?limit=100': (answer) => ids(answer).includes(id),
      [`/organizations/${organization.id}/summary`]: ({ body }) => JSON.stringify(body) !== JSON.stringify(before),
    });
  });

  it('an update: the record and the lists', async () => {
    const record = await clinic();
    await seenByAll(() => collection('clinics').updateOne({ _id: idOf(record) }, { $set: { name: 'By hand' } }), {
      [`/clinics/${record.id}`]: ({ body }) => body['name'] === 'By hand',
      [listOf(organization)]: (answer) => rows(answer).some(({ name }) => name === 'By hand'),
    });
  });

  it('an update that removes a field, and one of a nested field', async () => {
    const record = await new Directory((services[0] as TestService).api).clinic(organization.id, {
      phone: '+1 907 555 0199',
      address: { street: '1 Old St', city: 'Juneau', postalCode: '99801', country: 'US' },
    });
    const write = { $unset: { phone: '' }, $set: { 'address.city': 'Sitka' } } as const;
    await seenByAll(() => collection('clinics').updateOne({ _id: idOf(record) }, write), {
      [`/clinics/${record.id}`]: ({ body }) => body['phone'] === undefined && JSON.stringify(body).includes('Sitka'),
    });
  });

  it('a replacement: the record and the lists', async () => {
    const record = await clinic();
    const { _id, ...document } = syncedClinic(idOf(organization), { name: 'Replaced' });
    await seenByAll(() => collection('clinics').replaceOne({ _id: idOf(record) }, document), {
      [`/clinics/${record.id}`]: ({ body }) => body['name'] === 'Replaced',
      [listOf(organization)]: (answer) => rows(answer).some(({ name }) => name === 'Replaced'),
    });
  });

  it('a delete: the record, the lists and the summary', async () => {
    const record = await clinic();
    const before = (await get(services[0] as TestService, `/organizations/${organization.id}/summary`)).body;
    await seenByAll(() => collection('clinics').deleteOne({ _id: idOf(record) }), {
      [`/clinics/${record.id}`]: ({ status }) => status === 404,
      [listOf(organization)]: (answer) => !ids(answer).includes(record.id),
      [`/organizations/${organization.id}/summary`]: ({ body }) => JSON.stringify(body) !== JSON.stringify(before),
    });
  });

  it('a bulk write of all kinds, over several collections', async () => {
    const [renamed, deleted] = [await clinic(), await clinic()];
    const inserted = syncedClinic(idOf(organization));
    const provider = await new Directory((services[0] as TestService).api).provider(organization.id);
    const write = async () => {
      await collection('clinics').bulkWrite([
        { updateOne: { filter: { _id: idOf(renamed) }, update: { $set: { name: 'In bulk' } } } },
        { deleteOne: { filter: { _id: idOf(deleted) } } },
        { insertOne: { document: inserted } },
      ]);
      await collection('providers').updateMany({}, { $set: { specialty: 'in bulk' } });
      await collection('organizations').updateMany({ _id: idOf(organization) }, { $set: { name: 'In bulk' } });
    };
    await seenByAll(write, {
      [`/clinics/${renamed.id}`]: ({ body }) => body['name'] === 'In bulk',
      [`/clinics/${deleted.id}`]: ({ status }) => status === 404,
      [listOf(organization)]: (answer) => ids(answer).includes(inserted._id.toHexString()),
      [`/providers/${provider.id}`]: ({ body }) => body['specialty'] === 'in bulk',
      [`/organizations/${organization.id}`]: ({ body }) => body['name'] === 'In bulk',
    });
  });

  describe('a record that is given to another owner leaves the lists of the old one and shows in those of the new one', () => {
    it.each([
      [
        'by an update',
        (_id: ObjectId, organizationId: ObjectId) =>
          collection('clinics').updateOne({ _id }, { $set: { organizationId } }),
      ],
      [
        'by a replacement',
        (_id: ObjectId, organizationId: ObjectId) => {
          const { _id: _, ...document } = syncedClinic(organizationId);
          return collection('clinics').replaceOne({ _id }, document);
        },
      ],
    ])('%s', async (_, give) => {
      const record = await clinic();
      await seenByAll(() => give(idOf(record), idOf(other)), {
        [listOf(organization)]: (answer) => !ids(answer).includes(record.id),
        [listOf(other)]: (answer) => ids(answer).includes(record.id),
      });
    });
  });

  it('an assignment, in the pages that are composed of several entries', async () => {
    const directory = new Directory((services[0] as TestService).api);
    const [at, provider] = [await clinic(), await directory.provider(organization.id)];
    const assignment = await directory.assignment(provider.id, at.id);
    const write = async () => {
      await collection('provider_clinic_assignments').updateOne({ _id: idOf(assignment) }, { $set: { role: 'owner' } });
      await collection('providers').updateOne({ _id: idOf(provider) }, { $set: { firstName: 'Outside' } });
    };
    await seenByAll(write, {
      [`/assignments/clinic/${at.id}/staff`]: ({ body }) =>
        JSON.stringify(body).includes('"owner"') && JSON.stringify(body).includes('Outside'),
      [`/assignments/provider/${provider.id}/clinics`]: ({ body }) => JSON.stringify(body).includes('"owner"'),
    });
  });

  it('a collection that takes the place of another', async () => {
    const record = await clinic();
    const write = async () => {
      const kept = await collection('clinics').find().toArray();
      await collection('clinics_migrated').insertMany(kept.map((it) => ({ ...it, name: 'Migrated' })));
      await collection('clinics_migrated').rename('clinics', { dropTarget: true });
    };
    await seenByAll(write, { [`/clinics/${record.id}`]: ({ body }) => body['name'] === 'Migrated' });
  });

  it('one of them follows; when it stops, the other one does', async () => {
    const leaders = services.filter((service) => following(service).leads);
    expect(leaders).toHaveLength(1);
    const [leader] = leaders as [TestService];
    const survivor = services.find((service) => service !== leader) as TestService;
    await leader.stop();
    services = [survivor];
    const record = await clinic();
    await seenByAll(() => collection('clinics').updateOne({ _id: idOf(record) }, { $set: { name: 'Taken over' } }), {
      [`/clinics/${record.id}`]: ({ body }) => body['name'] === 'Taken over',
    });
    expect(following(survivor).leads).toBe(true);
  });

  it('a counter that no answer shows voids nothing', async () => {
    const [service] = services as [TestService];
    const [record, marker] = [await clinic(), await clinic()];
    await settled(service);
    await hit(service, `/clinics/${record.id}`);
    await hit(service, `/clinics/${marker.id}`);
    await collection('clinics').updateOne({ _id: idOf(record) }, { $inc: { holds: 1 } });
    await collection('clinics').updateOne({ _id: idOf(marker) }, { $set: { name: 'After it' } });
    await fresh(service, `/clinics/${marker.id}`, ({ body }) => body['name'] === 'After it');
    expect((await get(service, `/clinics/${record.id}`)).headers.get('x-cache')).toBe('HIT');
  });
});

async function whileFollowing(work: () => Promise<void>): Promise<void> {
  const follower = await start(FOLLOWING);
  try {
    await work();
  } finally {
    await follower.stop();
  }
}

describe('a write while nobody follows', () => {
  let reader: TestService;
  let clinic: ApiRecord;
  let unrelated: ApiRecord;
  beforeAll(async () => {
    reader = await start(NOT_FOLLOWING);
  });
  afterAll(() => reader.stop());

  /** A follower comes, sees all there is, and goes; then somebody renames a clinic, which the reader can't know. */
  async function missed(name: string): Promise<void> {
    const directory = new Directory(reader.api);
    const organization = await directory.organization();
    clinic = await directory.clinic(organization.id);
    unrelated = await directory.organization();
    await whileFollowing(() => settled(reader));
    await hit(reader, `/clinics/${clinic.id}`);
    await hit(reader, `/organizations/${unrelated.id}`);
    await collection('clinics').updateOne({ _id: idOf(clinic) }, { $set: { name } });
    expect((await get(reader, `/clinics/${clinic.id}`)).body['name']).not.toBe(name);
  }

  const cacheOfUnrelated = async () =>
    (await get(reader, `/organizations/${unrelated.id}`)).headers.get('x-cache') ?? '';

  it('is seen by the next one to follow, who goes on where the last one stopped and voids nothing else', async () => {
    await missed('Nobody led');
    await whileFollowing(async () => {
      await fresh(reader, `/clinics/${clinic.id}`, ({ body }) => body['name'] === 'Nobody led');
      expect(await cacheOfUnrelated()).toBe('HIT');
    });
  });

  it.each([
    ['is lost', async () => void (await redis.del(tokenKey()))],
    ['is of another server', async () => void (await redis.set(tokenKey(), JSON.stringify({ _data: '8263' })))],
  ])('is seen because everything is cleared when the place to go on from %s', async (what, spoil) => {
    await missed(`The token ${what}`);
    await spoil();
    await whileFollowing(async () => {
      await fresh(reader, `/clinics/${clinic.id}`, ({ body }) => body['name'] === `The token ${what}`);
      expect(await cacheOfUnrelated()).toBe('MISS');
      // And it goes on from there.
      await settled(reader);
    });
    expect(await redis.get(tokenKey())).not.toBeNull();
  });
});
