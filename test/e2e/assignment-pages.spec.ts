import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ObjectId } from 'mongodb';
import type { Answer, PageBody } from '../support/api-client.js';
import { type MonitoredService, startMonitoredService } from '../support/command-log.js';
import { type ApiRecord, Directory } from '../support/directory.js';
import { makePractice, type Practice } from './cached-routes.js';

let service: MonitoredService;
let practice: Practice;
beforeAll(async () => {
  service = await startMonitoredService();
});
afterAll(() => service.stop());
beforeEach(async () => {
  practice = await makePractice(service.api);
});

/** A page, with where it came from and what was asked of the database for it. */
async function page(path: string, { from = service, query = {}, headers = {} } = {}) {
  let answer: Answer<PageBody> | undefined;
  const sent = await from.commands.during(async () => {
    answer = await from.api.get<PageBody>(path, { limit: 20, ...query }, headers);
  });
  const rows: PageBody['data'] = answer?.body.data ?? [];
  return {
    rows,
    cache: answer?.headers.get('x-cache'),
    commands: sent.map(({ line }) => line),
    /** How many records each command asks for by their ids. */
    ids: sent.flatMap(({ command }) => command['filter']?._id?.$in?.length ?? []),
  };
}

/** Assignments of the practice's provider, beyond the one that it has. */
async function assignments(count: number, fields: (at: number) => Record<string, unknown>): Promise<void> {
  const stored = service.db.collection('provider_clinic_assignments');
  const { _id, ...model } = (await stored.findOne({ _id: new ObjectId(practice.assignment.id) })) ?? {};
  await stored.insertMany(Array.from({ length: count }, (_, at) => ({ ...model, ...fields(at) })));
}

const clinicsOf = () => `/assignments/provider/${practice.provider.id}/clinics`;

describe('a page of assignments', () => {
  it('costs two queries the first time, and none from then on', async () => {
    const expected = [
      ['MISS', ['find provider_clinic_assignments', 'find clinics']],
      ['HIT', []],
      ['HIT', []],
    ];
    for (const [cache, commands] of expected) {
      expect(await page(clinicsOf())).toMatchObject({
        cache,
        commands,
        rows: [{ clinic: { id: practice.clinic.id } }],
      });
    }
  });

  it('loads a clinic once, however many of its rows are there', async () => {
    await assignments(20, () => ({ isActive: false }));
    for (const headers of [{ 'cache-control': 'no-cache' }, {}]) {
      const ended = await page(clinicsOf(), { query: { isActive: 'false', fields: 'role' }, headers });
      expect(ended.rows).toHaveLength(20);
      for (const { clinic } of ended.rows) expect(clinic).toMatchObject({ id: practice.clinic.id });
      expect([ended.commands, ended.ids]).toEqual([['find provider_clinic_assignments', 'find clinics'], [1]]);
    }
  });

  it('takes what is known of its clinics from the cache, and asks for the others alone', async () => {
    const directory = new Directory(service.api);
    const clinics: ApiRecord[] = [];
    for (let at = 0; at < 4; at += 1) clinics.push(await directory.clinic(practice.organization.id));
    await assignments(4, (at) => ({ clinicId: new ObjectId(clinics[at]?.id) }));
    for (const { id } of clinics.slice(0, 3)) await service.api.get(`/clinics/${id}`);
    const { rows, commands, ids } = await page(clinicsOf());
    expect(rows).toHaveLength(5);
    expect([commands, ids]).toEqual([['find provider_clinic_assignments', 'find clinics'], [2]]);
    // And leaves them for those who ask for the record.
    const { headers } = await service.api.get(`/clinics/${practice.clinic.id}`);
    expect(headers.get('x-cache')).toBe('HIT');
  });

  it('whose clinic was renamed shows that at once, for one record of the database', async () => {
    const directory = new Directory(service.api);
    const unrelated = await directory.clinic(practice.organization.id);
    await assignments(1, () => ({ clinicId: new ObjectId(unrelated.id) }));
    const stranger = await makePractice(service.api);
    const staff = `/assignments/clinic/${stranger.clinic.id}/staff`;
    for (const path of [clinicsOf(), staff]) await page(path);
    await service.api.patch(`/clinics/${practice.clinic.id}`, { name: 'Renamed' });
    const { rows, cache, commands, ids } = await page(clinicsOf());
    const names = rows.map(({ clinic }) => (clinic as { name: string }).name);
    expect(names.toSorted()).toEqual([unrelated['name'], 'Renamed'].toSorted());
    expect([cache, commands, ids]).toEqual(['MISS', ['find clinics'], [1]]);
    expect(await page(clinicsOf())).toMatchObject({ cache: 'HIT', commands: [] });
    for (const path of [`/clinics/${unrelated.id}`, `/providers/${practice.provider.id}`]) {
      await service.api.get(path);
      await service.api.patch(`/clinics/${practice.clinic.id}`, { name: 'Again' });
      expect((await service.api.get(path)).headers.get('x-cache')).toBe('HIT');
    }
    expect(await page(staff)).toMatchObject({ cache: 'HIT', commands: [] });
  });

  it('that gets or loses a row costs the rows alone', async () => {
    await page(clinicsOf());
    await service.api.patch(`/assignments/${practice.assignment.id}`, { role: 'hygienist' });
    expect(await page(clinicsOf())).toMatchObject({
      rows: [{ role: 'hygienist' }],
      cache: 'MISS',
      commands: ['find provider_clinic_assignments'],
    });
  });
});

describe('with DATALOADER_BATCH_WINDOW_MS', () => {
  const windowMs = 100;
  let slow: MonitoredService;
  beforeAll(async () => {
    const variables = { MONGODB_DATABASE: service.db.databaseName, DATALOADER_BATCH_WINDOW_MS: String(windowMs) };
    slow = await startMonitoredService(variables);
  });
  afterAll(() => slow.stop());

  const ask = async () => {
    const begun = performance.now();
    const { commands } = await page(clinicsOf(), { from: slow });
    return { commands, tookMs: performance.now() - begun };
  };

  it('a batch is collected for as long as that', async () => {
    const cold = await ask();
    expect(cold.commands).toEqual(['find provider_clinic_assignments', 'find clinics']);
    expect(cold.tookMs).toBeGreaterThanOrEqual(windowMs);
    expect((await ask()).commands).toEqual([]);
  });
});
