import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { expectProblem } from '../e2e/problem-shape.js';
import { type ApiRecord, Directory } from '../support/directory.js';
import { clientOf } from '../support/principals.js';
import { startService, type TestService } from '../support/service.js';
import { untilAnswer } from '../support/until.js';
import { type ExternalIssuer, startExternalIssuer } from './external-issuer.js';

let external: ExternalIssuer;
let service: TestService;
let directory: Directory;
let organization: ApiRecord;
const startWith = ({ issuer, jwksUrl }: ExternalIssuer) =>
  startService({ AUTH_EXTERNAL_ISSUER: issuer, AUTH_EXTERNAL_JWKS_URL: jwksUrl });
beforeAll(async () => {
  external = await startExternalIssuer();
  service = await startWith(external);
  directory = new Directory(service.api);
  organization = await directory.organization();
});
afterAll(async () => {
  await service.stop();
  await external.stop();
});

const as = async (claims: Record<string, unknown>, foreignKey = false) =>
  clientOf(service, await external.sign({ organization_id: organization.id, role: 'editor', ...claims }, foreignKey));

describe("a token of the organization's own identity provider", () => {
  it('signs its bearer in as what it says', async () => {
    const made = await (await as({})).post('/clinics', { name: 'By SSO', code: 'SSO' });
    expect([made.status, made.body['organizationId']]).toEqual([201, organization.id]);
    expectProblem(await (await as({ role: 'viewer' })).post('/clinics', { name: 'No', code: 'NO' }), 'forbidden');
  });

  it('takes the id of the organization in capitals too', async () => {
    const shouted = await as({ organization_id: organization.id.toUpperCase() });
    expect((await shouted.get('/clinics')).status).toBe(200);
  });

  it.each<readonly [string, Record<string, unknown>]>([
    ['of no organization', { organization_id: undefined }],
    ['of an organization that does not exist', { organization_id: '0123456789abcdef01234567' }],
    ['of something that is no id', { organization_id: 'abcdefghijkl' }],
    ['of an operator', { organization_id: { $ne: null } }],
    ['of the platform', { role: 'ops' }],
    ['with an unknown role', { role: 'owner' }],
    ['with the name of a property of all objects as its role', { role: 'constructor' }],
    ['without a role', { role: undefined }],
    ['for another audience', { aud: 'somebody-else' }],
    ['of another issuer', { iss: 'https://login.example.org' }],
    ['of ours, as its issuer says', { iss: 'enterprise-service' }],
    ['expired', { exp: 1 }],
    ['of nobody', { sub: undefined }],
  ])('%s is turned away', async (_, claims) => {
    expectProblem(await (await as(claims)).get('/clinics'), 'unauthenticated');
  });

  it('signed by somebody else is turned away', async () => {
    expectProblem(await (await as({}, true)).get('/clinics'), 'unauthenticated');
  });

  it('stops with its organization', async () => {
    const { id } = await directory.organization();
    const client = await as({ organization_id: id });
    expect((await client.get('/clinics')).status).toBe(200);
    await service.api.patch(`/organizations/${id}`, { status: 'suspended' });
    await untilAnswer(
      () => client.get('/clinics'),
      ({ status }) => status === 401,
    );
  });

  it('is nothing to a service that was not told of the provider', async () => {
    const plain = await startService();
    try {
      const there = await new Directory(plain.api).organization();
      const token = await external.sign({ organization_id: there.id, role: 'editor' });
      expectProblem(await clientOf(plain, token).get('/clinics'), 'unauthenticated');
    } finally {
      await plain.stop();
    }
  });
});

describe('while the identity provider is away or talks nonsense', () => {
  it.each([
    ['fails', 500, ''],
    ['answers no JSON', 200, '<html>'],
    ['answers another document', 200, '{"keys":42}'],
  ])('(it %s) its tokens get a 503 and keys still work', async (_, status, body) => {
    const broken = await startExternalIssuer();
    broken.answerInstead(status, body);
    const dependent = await startWith(broken);
    try {
      const there = await new Directory(dependent.api).organization();
      const token = await broken.sign({ organization_id: there.id, role: 'editor' });
      const answer = await clientOf(dependent, token).get('/clinics');
      expectProblem(answer, 'service-unavailable');
      expect(answer.headers.get('retry-after')).toBe('2');
      expect((await dependent.api.get('/clinics')).status).toBe(200);
      const before = broken.asked();
      expectProblem(await clientOf(dependent, 'aaaa.bbbb.cccc').get('/clinics'), 'unauthenticated');
      expect(broken.asked()).toBe(before);
    } finally {
      await dependent.stop();
      await broken.stop();
    }
  });

  it('its tokens get a 503 where nobody listens', async () => {
    const gone = await startExternalIssuer();
    await gone.stop();
    const dependent = await startWith(gone);
    try {
      const token = await gone.sign({ organization_id: organization.id, role: 'editor' });
      expectProblem(await clientOf(dependent, token).get('/clinics'), 'service-unavailable');
    } finally {
      await dependent.stop();
    }
  });
});
