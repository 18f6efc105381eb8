import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { ApiRecord } from '../support/directory.js';
import type { Operation } from './openapi-contract.js';
import { BODY_LIMIT, Session } from './openapi-session.js';

const MERGE_PATCH = { 'content-type': 'application/merge-patch+json' };
const UNKNOWN_ID = 'f'.repeat(24);

let session: Session;
let strict: Session;
beforeAll(async () => {
  session = await Session.start();
  strict = await Session.start({ REQUIRE_IF_MATCH: 'true' });
});
afterAll(async () => {
  await session.service.stop();
  await strict.service.stop();
});

it('each operation refuses bad requests as documented', async () => {
  for (const operation of session.contract.operations) {
    const body = operation.bodyTypes.length === 0 ? {} : { body: {} };
    await session.call(operation, { as: 'anybody', ...body });
    await session.call(operation, { ...body, query: { unheardOf: 1 } });
    if (operation.template.includes('{')) await refusesIds(operation);
    if (takes(operation, 'If-Match')) await refusesVersions(operation);
    if (takes(operation, 'cursor')) await refusesPages(operation);
    if (operation.method !== 'GET') await refusesBodies(operation);
  }
  expect([...session.violations, ...strict.violations]).toEqual([]);
});

it('each operation answers good requests, and those that the records are against, as documented', async () => {
  const organizationId = String(session.ids['organizations']);
  const clinicId = String(session.ids['clinics']);
  const provider = { organizationId, firstName: 'Zoë', lastName: 'Nguyen', licenseNumber: 'L' };
  const { body: colleague } = await session.call('createProvider', { body: { ...provider, licenseNumber: 'M' } });
  const bodies = {
    Organization: { name: 'Bright Smile', slug: 'bright-smile', contact: { email: 'office@bright-smile.example' } },
    Clinic: { organizationId, name: 'Port Lions', code: 'AK-1', phone: '+1 907 555 0101', address: { city: 'Juneau' } },
    Provider: { ...provider, email: 'zoe@bright-smile.example' },
    Assignment: { providerId: String(colleague['id']), clinicId, role: 'dentist', schedule: { monday: MORNING } },
  };
  for (const [name, body] of Object.entries(bodies)) await lives(name, body);
  await session.call('patchOrganization', { body: { slug: 'bright-smile' } });
  await session.call('listClinics', { query: { search: 'port', fields: 'name,address.city' } });
  for (const list of ['listClinicsOfProvider', 'listStaffOfClinic']) {
    await session.call(list);
    await session.call(list, { query: { fields: 'role,schedule.monday', organizationId, isActive: true } });
  }
  await session.call('getOrganizationSummary');
  for (const operation of session.contract.operations.filter(({ security }) => security?.length === 0)) {
    const { headers } = await session.call(operation, { as: 'anybody' });
    const etag = headers.get('etag');
    if (etag !== null) await session.call(operation, { headers: { 'if-none-match': etag } });
  }
  // What others depend on stays, then goes with them.
  for (const name of ['Provider', 'Clinic', 'Organization']) await session.call(`archive${name}`);
  await session.call('endAssignment');
  await session.call('archiveProvider');
  for (const name of ['Clinic', 'Organization']) await session.call(`archive${name}`, { query: { cascade: true } });
  // What is gone doesn't change.
  for (const [name, body] of Object.entries({ ...bodies, Assignment: { role: 'dentist', isActive: true } })) {
    await session.call(`patch${name}`, { body, headers: MERGE_PATCH });
    await session.call(`replace${name}`, { body });
  }
  expect(session.violations).toEqual([]);
});

it('has shown every status that the document declares, but for those of a service in trouble', () => {
  const declared = session.contract.operations.flatMap(({ operationId, statuses }) =>
    statuses.filter((status) => status !== '500' && status !== '503').map((status) => `${operationId} ${status}`),
  );
  // Of writes that race, and of those only.
  const rare = ['endAssignment 409'];
  expect(declared.filter((status) => !session.met.has(status) && !strict.met.has(status))).toEqual(rare);
});

const MORNING = [{ from: '08:00', to: '12:00' }];

/** Makes a record and reads, lists and changes it in every way. */
async function lives(name: string, body: Readonly<Record<string, unknown>>): Promise<void> {
  const { id, version } = (await session.call(`create${name}`, { body })).body as ApiRecord;
  await session.call(`create${name}`, { body });
  await session.call(`get${name}`, { id });
  await session.call(`get${name}`, { id, headers: { 'if-none-match': `"${version}"` } });
  await session.call(`get${name}`, { id, query: { fields: 'createdAt' } });
  const { body: page } = await session.call(`list${name}s`, { query: { limit: 1, count: 'exact' } });
  const cursor = (page as { page: { nextCursor: string } }).page.nextCursor;
  await session.call(`list${name}s`, { query: { cursor, fields: 'id,version', count: 'estimate' } });
  await session.call(`list${name}s`, { query: { page: 1, limit: 1, count: 'exact' } });
  await session.call(`replace${name}`, { id, body });
  await session.call(`patch${name}`, { id, body: {} });
  // The last member is one that can be missing.
  await session.call(`patch${name}`, {
    id,
    body: { [Object.keys(body).at(-1) ?? '']: null },
    headers: { ...MERGE_PATCH, 'if-match': '*' },
  });
}

async function refusesIds(operation: Operation): Promise<void> {
  const body = operation.bodyTypes.length === 0 ? {} : { body: session.contract.bodyExample(operation) };
  for (const id of ['%ff', 'nobody', UNKNOWN_ID, 'x'.repeat(300)]) await session.call(operation, { ...body, id });
}

async function refusesVersions(operation: Operation): Promise<void> {
  const body = operation.bodyTypes.length === 0 ? {} : { body: session.contract.bodyExample(operation) };
  await session.call(operation, { ...body, headers: { 'if-match': '"999"' } });
  await strict.call(operation, body);
}

async function refusesPages(operation: Operation): Promise<void> {
  await session.call(operation, { query: { cursor: 'forged' } });
  await session.call(operation, { query: { page: 9999, limit: 100 } });
  await session.call(operation, { query: { sort: 'id' } });
  await session.call(operation, { query: { limit: 0, fields: 'nothing' } });
}

async function refusesBodies(operation: Operation): Promise<void> {
  const tooLarge = JSON.stringify({ name: 'x'.repeat(BODY_LIMIT) });
  // A removal takes no notice of a body that can be read.
  const wrong = operation.method === 'DELETE' ? [] : ['null', '"text"', '{"isActive":7}'];
  for (const body of ['{', '{"__proto__":{}}', tooLarge, ...wrong]) {
    await session.call(operation, { body, headers: { 'content-type': 'application/json' } });
  }
  for (const type of ['text/plain', 'application/xml']) {
    await session.call(operation, { body: '<a/>', headers: { 'content-type': type } });
  }
}

const takes = (operation: Operation, parameter: string): boolean =>
  operation.parameters.some(({ name }) => name === parameter);
