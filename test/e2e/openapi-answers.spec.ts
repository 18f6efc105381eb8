import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Answer } from '../support/api-client.js';
import type { ApiRecord } from '../support/directory.js';
import type { Operation } from './openapi-contract.js';
import { BODY_LIMIT, FORM, Session } from './openapi-session.js';

const MERGE_PATCH = { 'content-type': 'application/merge-patch+json' };
const UNKNOWN_ID = 'f'.repeat(24);

let session: Session;
let strict: Session;
let limited: Session;
/** Of nobody else: failed sign-ins are counted by address. */
const from = (host: string) => ({ 'x-forwarded-for': `2001:db8:${randomBytes(2).toString('hex')}::${host}` });
const guessing = from('1');
const honest = from('2');
beforeAll(async () => {
  session = await Session.start();
  strict = await Session.start({ REQUIRE_IF_MATCH: 'true' });
  limited = await session.beside({
    RATE_LIMIT_KEY_PER_MINUTE: '1',
    AUTH_FAILED_LOGINS_PER_MINUTE: '1',
    TRUST_PROXY: 'true',
  });
});
afterAll(async () => {
  await limited.service.stop();
  await session.service.stop();
  await strict.service.stop();
});

it('each operation refuses bad requests as documented', async () => {
  for (const operation of session.contract.operations) {
    const body = operation.bodyTypes.length === 0 ? {} : { body: {} };
    await session.call(operation, { as: 'anybody', ...body });
    await session.call(operation, { ...body, query: { unheardOf: 1 } });
    await session.call(operation, { as: 'anybody', headers: { 'x-large': 'x'.repeat(20_000) } });
    if (operation.scope !== undefined) await refusesCallers(operation);
    if (operation.template.includes('{')) await refusesIds(operation);
    if (takes(operation, 'If-Match')) await refusesVersions(operation);
    if (takes(operation, 'Idempotency-Key')) await refusesKeys(operation);
    if (takes(operation, 'cursor')) await refusesPages(operation);
    if (operation.method !== 'GET') await refusesBodies(operation);
  }
  const client = { grant_type: 'client_credentials', client_id: 'nobody', client_secret: 'es_guessed' };
  await session.call('createToken', { as: 'anybody', body: client });
  await limited.call('createToken', { as: 'anybody', body: client, headers: guessing });
  expect([...session.violations, ...strict.violations, ...limited.violations]).toEqual([]);
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
  await largeAnswers();
  await session.call('listClinics', { query: { organizationId, search: 'port', fields: 'name,address.city' } });
  for (const list of ['listClinicsOfProvider', 'listStaffOfClinic']) {
    await session.call(list);
    await session.call(list, { query: { fields: 'role,schedule.monday', organizationId, isActive: true } });
  }
  await session.call('getOrganizationSummary');
  await keysLive(organizationId);
  for (const list of ['listClinics', 'listProviders', 'listAssignments', 'listKeys']) {
    const { headers } = await session.call(list, { as: 'tenant' });
    expect(headers.get('ratelimit')).not.toBeNull();
    await session.call(list, { as: 'tenant', query: { organizationId: UNKNOWN_ID } });
  }
  await operators();
  await session.call('explainRoute', { body: { route: 'GET /api/v1/clinics/{id}', parameters: { id: clinicId } } });
  await session.call('explainRoute', { body: { route: 'GET /api/v1/providers', organizationId } });
  await session.call('listAuditEntries', { query: { organizationId, limit: 3, count: 'exact' } });
  await session.call('listAuditEntries', { query: { recordId: clinicId, fields: 'action,versionAfter' } });
  for (const operation of session.contract.operations.filter(({ method }) => method === 'GET')) {
    const as = operation.scope === undefined ? 'anybody' : 'admin';
    const { headers } = await session.call(operation, { as, headers: { 'cache-control': 'no-cache' } });
    const etag = headers.get('etag');
    if (etag !== null) await session.call(operation, { as, headers: { 'if-none-match': etag } });
    for (const coding of ['gzip', 'identity'])
      await session.call(operation, { as, headers: { 'accept-encoding': coding } });
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
    statuses.filter((status) => Number(status) < 500).map((status) => `${operationId} ${status}`),
  );
  // Of writes that race, and of those only.
  const rare = ['endAssignment 409', 'revokeKey 409', 'rotateSigningKeys 409'];
  expect(declared.filter((status) => ![session, strict, limited].some(({ met }) => met.has(status)))).toEqual(rare);
});

const MORNING = [{ from: '08:00', to: '12:00' }];

/** Makes a record and reads, lists and changes it in every way. */
async function lives(name: string, body: Readonly<Record<string, unknown>>): Promise<void> {
  const { id, version } = (await twice(`create${name}`, { body })).body as ApiRecord;
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

/** A record and a problem that are large enough to be encoded. */
async function largeAnswers(): Promise<void> {
  const openingHours = { monday: shifts(6), tuesday: shifts(6), friday: shifts(6), saturday: shifts(6) };
  await session.call('patchClinic', { body: { openingHours } });
  const unknown = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`unheard${at}`, at]));
  await session.call('listClinics', { query: unknown });
}

const shifts = (count: number) =>
  Array.from({ length: count }, (_, at) => ({ from: `${10 + 2 * at}:00`, to: `${10 + 2 * at}:45` }));

/** Makes keys, uses them for tokens and ends them. */
async function keysLive(organizationId: string): Promise<void> {
  const body = { name: 'front desk', role: 'viewer', organizationId };
  const { body: made } = await twice('createKey', { body });
  const [id, version, key] = [String(made['id']), String(made['version']), String(made['key'])];
  await session.call('createKey', { body: { ...body, organizationId: UNKNOWN_ID } });
  await session.call('getKey', { id });
  await session.call('getKey', { id, headers: { 'if-none-match': `"${version}"` } });
  const grant = { grant_type: 'client_credentials' };
  const client = { ...grant, client_id: id, client_secret: key };
  await session.call('createToken', { as: 'anybody', body: client });
  const form = { 'content-type': FORM };
  await session.call('createToken', { as: 'anybody', body: String(new URLSearchParams(client)), headers: form });
  const basic = `Basic ${Buffer.from(`${id}:${key}`).toString('base64')}`;
  await session.call('createToken', { as: 'anybody', body: grant, headers: { authorization: basic } });
  const { body: next } = await twice('rotateKey', { id, body: { overlapSeconds: 0 } });
  await session.call('rotateKey', { id });
  await session.call('rotateKey', { id: String(next['id']) });
  await session.call('revokeKey', { id: String(next['id']) });
  await twice('rotateSigningKeys', {});
}

/** The same request again under its key. */
async function twice(operationId: string, call: { readonly id?: string; readonly body?: object }): Promise<Answer> {
  const headers = { 'idempotency-key': `"${operationId} ${call.id ?? ''}"`.replaceAll(' ', '-') };
  const first = await session.call(operationId, { ...call, headers });
  const again = await session.call(operationId, { ...call, headers });
  expect([again.headers.get('idempotent-replayed'), again.body]).toEqual(['true', first.body]);
  return first;
}

/** A request under the key of another one. */
async function refusesKeys(operation: Operation): Promise<void> {
  const headers = { 'idempotency-key': 'of-another-request' };
  await session.call('rotateSigningKeys', { headers });
  const body = operation.bodyTypes.length === 0 ? {} : session.contract.bodyExample(operation);
  const { status } = await session.call(operation, { body, headers });
  expect([operation.operationId, status]).toEqual([operation.operationId, 422]);
}

/** Those without the scope, with a wrong key, and those who come too often. */
async function refusesCallers(operation: Operation): Promise<void> {
  await session.call(operation, { as: 'operator' });
  await session.call(operation, { as: 'guesser' });
  await limited.call(operation, { as: 'guesser', headers: guessing });
  // The request that the limit lets through, unless an earlier one was it.
  await limited.call('listOrganizations', { as: 'admin', headers: honest });
  const answer = await limited.call(operation, { as: 'admin', headers: honest });
  expect([operation.operationId, answer.status]).toEqual([operation.operationId, 429]);
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
  // What takes no body takes no notice of one that can be read.
  const wrong = operation.bodyTypes.length === 0 ? [] : ['"text"', '{"isActive":7}'];
  if (operation.bodyRequired) wrong.push('null');
  for (const body of ['{', '{"__proto__":{}}', tooLarge, ...wrong]) {
    await session.call(operation, { body, headers: { 'content-type': 'application/json' } });
  }
  for (const type of ['text/plain', 'application/xml']) {
    await session.call(operation, { body: '<a/>', headers: { 'content-type': type } });
  }
}

const takes = (operation: Operation, parameter: string): boolean =>
  operation.parameters.some(({ name }) => name === parameter);

/** What is for operators, as one of them and as a tenant. */
async function operators(): Promise<void> {
  for (const operation of session.contract.operations.filter(({ scope }) => scope?.startsWith('ops:'))) {
    const body = operation.bodyTypes.length === 0 ? {} : { body: session.contract.bodyExample(operation) };
    await session.call(operation, { as: 'tenant', ...body });
    await session.call(operation, body);
  }
  await session.call('getMetrics', { headers: { accept: 'application/openmetrics-text' } });
  await session.call('listSlowQueries', { query: { window: 'start' } });
}
