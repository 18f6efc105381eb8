import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ObjectId } from 'mongodb';
import { expectProblemShape } from '../e2e/problem-shape.js';
import type { Answer, ApiClient } from '../support/api-client.js';
import { Directory } from '../support/directory.js';
import { startService, type TestService } from '../support/service.js';

/** Two processes' worth of service over one database: nothing may depend on what only one of them knows. */
let service: TestService;
let second: TestService;
let apis: readonly [ApiClient, ApiClient];
let directory: Directory;
beforeAll(async () => {
  service = await startService();
  second = await startService({ MONGODB_DATABASE: service.db.databaseName });
  apis = [service.api, second.api];
  directory = new Directory(service.api);
});
afterAll(async () => {
  await second.stop();
  await service.stop();
});

const anyApi = (turn: number): ApiClient => apis[turn % 2 === 0 ? 0 : 1];
const times = <T>(count: number, make: (turn: number) => T): T[] =>
  Array.from({ length: count }, (_, turn) => make(turn));

/** Live records under archived parents, straight from the database. */
async function orphans(organizationId: string): Promise<string[]> {
  const { db } = service;
  const id = new ObjectId(organizationId);
  const archived = async (name: string) =>
    (await db.collection(name).find({ status: 'archived' }).toArray()).map(({ _id }) => _id);
  const live = { status: { $ne: 'archived' } };
  const organization = await db.collection('organizations').findOne({ _id: id });
  const found: string[] = [];
  if (organization?.['status'] === 'archived') {
    for (const name of ['clinics', 'providers']) {
      const rows = await db
        .collection(name)
        .find({ organizationId: id, ...live })
        .toArray();
      found.push(...rows.map(({ _id }) => `${name} ${_id}`));
    }
  }
  const active = await db
    .collection('provider_clinic_assignments')
    .find({ organizationId: id, isActive: true })
    .toArray();
  const gone = new Set([...(await archived('clinics')), ...(await archived('providers'))].map(String));
  for (const row of active) {
    if (gone.has(String(row['clinicId'])) || gone.has(String(row['providerId']))) found.push(`assignment ${row._id}`);
  }
  return found;
}

const statuses = (answers: readonly Answer[]) => answers.map(({ status }) => status);

function expectNoServerError(answers: readonly Answer[]): void {
  for (const answer of answers.filter(({ status }) => status >= 400)) {
    expectProblemShape(answer);
    expect(answer.status).toBeLessThan(500);
  }
}

it('nothing lives on under an organization that is archived while it is being filled', async () => {
  for (let round = 0; round < 6; round += 1) {
    const organizationId = (await directory.organization()).id;
    const parents = await Promise.all(times(4, () => directory.provider(organizationId)));
    const clinic = await directory.clinic(organizationId);
    const archiveAt = 3 + round * 3;
    const answers = await Promise.all(
      times(24, (turn) => {
        const api = anyApi(turn);
        if (turn === archiveAt) return api.delete(`/organizations/${organizationId}`, { cascade: true });
        const name = { name: `Clinic ${turn}`, code: `R-${round}-${turn}` };
        const person = { firstName: 'Ana', lastName: `Ruiz ${turn}` };
        const pair = { providerId: parents[turn % 4]?.id, clinicId: clinic.id, role: 'dentist' };
        if (turn % 3 === 0) return api.post('/clinics', { organizationId, ...name });
        if (turn % 3 === 1) return api.post('/providers', { organizationId, ...person });
        return api.post('/assignments', pair);
      }),
    );
    expectNoServerError(answers);
    expect(answers[archiveAt]?.status).toBe(204);
    expect(await orphans(organizationId)).toEqual([]);
  }
});

it('nobody works at a clinic that is archived while they are assigned to it', async () => {
  for (let round = 0; round < 4; round += 1) {
    const organizationId = (await directory.organization()).id;
    const clinic = await directory.clinic(organizationId);
    const staff = await Promise.all(times(8, () => directory.provider(organizationId)));
    const answers = await Promise.all([
      ...staff.map(({ id: providerId }, turn) =>
        anyApi(turn).post('/assignments', { providerId, clinicId: clinic.id, role: 'dentist' }),
      ),
      anyApi(round).delete(`/clinics/${clinic.id}`, { cascade: true }),
      anyApi(round).delete(`/providers/${staff[0]?.id}`),
    ]);
    expectNoServerError(answers);
    expect(await orphans(organizationId)).toEqual([]);
  }
});

it('what comes back while its organization is archived does not stay', async () => {
  for (let round = 0; round < 4; round += 1) {
    const organizationId = (await directory.organization()).id;
    const clinics = await Promise.all(times(6, () => directory.clinic(organizationId)));
    await Promise.all(clinics.map(({ id }) => service.api.delete(`/clinics/${id}`)));
    const answers = await Promise.all([
      ...clinics.map(({ id }, turn) => anyApi(turn).patch(`/clinics/${id}`, { status: 'active' })),
      anyApi(round).delete(`/organizations/${organizationId}`, { cascade: true }),
    ]);
    expectNoServerError(answers);
    expect(await orphans(organizationId)).toEqual([]);
  }
});

it('of many who take the same code at once, exactly one gets it', async () => {
  for (let round = 0; round < 3; round += 1) {
    const organizationId = (await directory.organization()).id;
    const body = { organizationId, name: 'Wanted', code: 'WANTED' };
    const clinics = await Promise.all(times(12, (turn) => anyApi(turn).post('/clinics', body)));
    const slugs = await Promise.all(
      times(12, (turn) => anyApi(turn).post('/organizations', { name: 'Wanted', slug: `wanted-${round}` })),
    );
    for (const answers of [clinics, slugs]) {
      expect(statuses(answers).toSorted()).toEqual([201, ...Array(11).fill(409)]);
    }
    const stored = await service.db
      .collection('clinics')
      .countDocuments({ organizationId: new ObjectId(organizationId) });
    expect(stored).toBe(1);
  }
});

it('of many who assign the same provider to the same clinic at once, exactly one does', async () => {
  const organizationId = (await directory.organization()).id;
  const pair = {
    providerId: (await directory.provider(organizationId)).id,
    clinicId: (await directory.clinic(organizationId)).id,
    role: 'dentist',
  };
  const answers = await Promise.all(times(10, (turn) => anyApi(turn).post('/assignments', pair)));
  expect(statuses(answers).toSorted()).toEqual([201, ...Array(9).fill(409)]);
});

it('many changes of one record at once all count, or say that they did not', async () => {
  const { id } = await directory.clinic((await directory.organization()).id);
  const answers = await Promise.all(
    times(30, (turn) => anyApi(turn).patch(`/clinics/${id}`, { name: `Name ${turn}` })),
  );
  const good = answers.filter(({ status }) => status === 200);
  expect(good.length).toBeGreaterThan(0);
  for (const { body } of answers.filter(({ status }) => status !== 200)) {
    expect(body).toMatchObject({ status: 409, type: '/api/v1/problems/write-conflict' });
  }
  expect((await service.api.get(`/clinics/${id}`)).body['version']).toBe(1 + good.length);
  const versions = good.map(({ body }) => Number(body['version'])).toSorted((a, b) => a - b);
  expect(versions).toEqual(times(good.length, (turn) => turn + 2));
});

it('changes of different fields at once do not undo each other', async () => {
  const fields = ['street', 'city', 'county', 'state', 'postalCode', 'latitude', 'longitude'] as const;
  const address = fields.map((field) => (field.endsWith('itude') ? { [field]: 1.5 } : { [field]: 'Changed' }));
  for (let round = 0; round < 4; round += 1) {
    const { id } = await directory.clinic((await directory.organization()).id);
    const answers = await Promise.all(
      address.map((change, turn) => anyApi(turn).patch(`/clinics/${id}`, { address: change })),
    );
    const acknowledged = address.filter((_, turn) => answers[turn]?.status === 200);
    const { body } = await service.api.get(`/clinics/${id}`);
    expect(body['address']).toEqual(Object.assign({}, ...acknowledged));
  }
});

it('an organization can be filled by many at once', async () => {
  const organizationId = (await directory.organization()).id;
  const answers = await Promise.all(
    times(50, (turn) =>
      anyApi(turn).post('/clinics', { organizationId, name: `Clinic ${turn}`, code: `MANY-${turn}` }),
    ),
  );
  expect(statuses(answers)).toEqual(Array(50).fill(201));
});
