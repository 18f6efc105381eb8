import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { IndexReport } from '../../src/modules/performance/indexes/indexes.service.js';
import { startService, type TestService } from '../support/service.js';
import { untilAnswer } from '../support/until.js';

const INDEX = 'organizationId_1_status_1_name_1__id_1';
/** Within which somebody who looks must find it. */
const A_MINUTE_MS = 60_000;

let service: TestService;
beforeAll(async () => {
  service = await startService({ RATE_LIMIT_TENANT_PER_MINUTE: '0' });
});
afterAll(() => service.stop());

const indexes = async () => (await service.api.get<IndexReport>('/performance/indexes')).body;
const status = async () => (await service.api.get('/performance/health')).body['status'];

async function alert(): Promise<string | undefined> {
  const { body } = await service.api.get<{
    readonly alerts: readonly { readonly name: string; readonly state: string }[];
  }>('/performance/alerts');
  return body.alerts.find(({ name }) => name === 'indexes-missing')?.state;
}

it('an index that is dropped is told within a minute, and what is advised makes the service healthy', async () => {
  expect([await status(), await alert(), (await indexes()).advice]).toEqual(['healthy', 'inactive', []]);
  await service.db.collection('clinics').dropIndex(INDEX);
  await untilAnswer(alert, (state) => state === 'firing', A_MINUTE_MS);
  expect(await status()).toBe('degraded');

  const { advice, collections } = await indexes();
  const missing = collections.flatMap((one) => one.indexes.filter(({ state }) => state === 'missing'));
  expect(missing.map(({ name }) => name)).toEqual([INDEX]);
  const lines = advice.map(({ createIndex }) => createIndex);
  expect(lines).toEqual([expect.stringContaining('db.clinics.createIndex(')]);
  const db = new Proxy({}, { get: (_, name) => service.db.collection(String(name)) });
  for (const line of lines) await runInNewContext(String(line), { db });

  await untilAnswer(alert, (state) => state === 'resolved', A_MINUTE_MS);
  expect([await status(), (await indexes()).advice]).toEqual(['healthy', []]);
}, 150_000);
