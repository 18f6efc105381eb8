import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type CryptoKey,
  createRemoteJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  generateKeyPair,
  importJWK,
  type JWTHeaderParameters,
  type JWTPayload,
  jwtVerify,
  SignJWT,
} from 'jose';
import { expectProblem } from '../e2e/problem-shape.js';
import type { Answer, ApiClient } from '../support/api-client.js';
import { type ApiRecord, Directory } from '../support/directory.js';
import { clientOf, type MadeKey, makeKey } from '../support/principals.js';
import { PLATFORM_KEY, startService, type TestService } from '../support/service.js';

let service: TestService;
let anybody: ApiClient;
let organization: ApiRecord;
let key: MadeKey;
let token: string;
beforeAll(async () => {
  service = await startService();
  anybody = clientOf(service, undefined);
  organization = await new Directory(service.api).organization();
  key = await makeKey(service, organization.id, 'editor');
  token = await issued();
});
afterAll(() => service.stop());

/** Claims or header parameters; undefined leaves one out. */
type Changed = Readonly<Record<string, unknown>>;

const grant = { grant_type: 'client_credentials' };
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const basic = (id: string, secret: string) => ({
  authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
});
const issued = async (): Promise<string> => {
  const answer = await anybody.post('/auth/token', { ...grant, client_id: key.id, client_secret: key.key });
  return String(answer.body['access_token']);
};
const asked = (credential: string) => clientOf(service, credential).get('/clinics');

describe('a client with a key gets a token', () => {
  it.each<readonly [string, () => Promise<Answer>]>([
    [
      'by a form',
      () =>
        anybody.post(
          '/auth/token',
          new URLSearchParams({ ...grant, client_id: key.id, client_secret: key.key }).toString(),
          FORM,
        ),
    ],
    ['by JSON', () => anybody.post('/auth/token', { ...grant, client_id: key.id, client_secret: key.key })],
    [
      'by HTTP Basic and a form',
      () => anybody.post('/auth/token', 'grant_type=client_credentials', { ...FORM, ...basic(key.id, key.key) }),
    ],
    ['by HTTP Basic and JSON', () => anybody.post('/auth/token', grant, basic(key.id, key.key))],
  ])('%s', async (_, ask) => {
    const { status, body, headers } = await ask();
    expect([status, body]).toEqual([
      200,
      {
        access_token: expect.any(String),
        token_type: 'Bearer',
        expires_in: 900,
        scope: 'directory:read directory:write',
      },
    ]);
    expect(headers.get('cache-control')).toBe('no-store');
    expect((await asked(String(body['access_token']))).status).toBe(200);
  });

  it.each<readonly [string, () => { client_id?: string; client_secret?: string }]>([
    ['a wrong secret', () => ({ client_id: key.id, client_secret: `${key.key}x` })],
    ["another key's id", () => ({ client_id: '0123456789abcdef01234567', client_secret: key.key })],
    ['no id', () => ({ client_secret: key.key })],
    ['nothing', () => ({})],
    ['a token in place of the key', () => ({ client_id: key.id, client_secret: token })],
    [
      "the platform's configured key, which has no id",
      () => ({
        client_id: 'platform-admin-key',
        client_secret: PLATFORM_KEY,
      }),
    ],
  ])('but not with %s', async (_, credentials) => {
    const answer = await anybody.post('/auth/token', { ...grant, ...credentials() });
    expectProblem(answer, 'unauthenticated');
    expect(answer.body['error']).toBe('invalid_client');
    expect(answer.headers.get('www-authenticate')).toMatch(/^Basic /);
  });

  it('and of no other grant', async () => {
    const body = { grant_type: 'password', client_id: key.id, client_secret: key.key };
    expectProblem(await anybody.post('/auth/token', body), 'validation-failed');
  });

  it('no other route takes a form', async () => {
    expectProblem(await service.api.post('/clinics', 'name=x', FORM), 'unsupported-media-type');
  });
});

describe('a token', () => {
  const jwks = () => createRemoteJWKSet(new URL(`${service.url}/.well-known/jwks.json`));

  it('is verified with the published keys, which have no private half', async () => {
    const { payload, protectedHeader } = await jwtVerify(token, jwks(), {
      issuer: 'enterprise-service',
      audience: 'enterprise-service',
    });
    expect(protectedHeader).toMatchObject({ alg: 'EdDSA', typ: 'at+jwt' });
    expect(payload.sub).toBe(key.id);
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(900);
    const { keys } = (await (await fetch(`${service.url}/.well-known/jwks.json`)).json()) as { keys: object[] };
    expect(keys.length).toBeGreaterThan(0);
    for (const published of keys) expect(Object.keys(published)).not.toContain('d');
  });

  it('is what its key is, no more', async () => {
    const api = clientOf(service, token);
    expect((await api.post('/clinics', { name: 'By token', code: 'TOKEN' })).body['organizationId']).toBe(
      organization.id,
    );
    expectProblem(await api.get('/auth/keys'), 'forbidden');
  });

  it('of an old signing key stays valid, while a new one signs', async () => {
    const rotated = await service.api.post('/auth/signing-keys/rotate', undefined);
    expect(rotated.status).toBe(201);
    const fresh = await issued();
    expect(decodeProtectedHeader(fresh).kid).toBe(rotated.body['kid']);
    expect(decodeProtectedHeader(token).kid).not.toBe(rotated.body['kid']);
    for (const valid of [token, fresh]) {
      expect((await asked(valid)).status).toBe(200);
      await jwtVerify(valid, jwks());
    }
  });

  it('of a key that another process has just made is valid at once, for everybody who asks with it', async () => {
    const other = await startService({ MONGODB_DATABASE: service.db.databaseName });
    try {
      const cold = clientOf(other, token);
      const first = await Promise.all([cold.get('/clinics'), cold.get('/clinics'), cold.get('/providers')]);
      expect(first.map(({ status }) => status)).toEqual([200, 200, 200]);
      await service.api.post('/auth/signing-keys/rotate', undefined);
      const fresh = await issued();
      expect((await clientOf(other, fresh).get('/clinics')).status).toBe(200);
    } finally {
      await other.stop();
    }
  });

  it('the first requests of a service share one signing key', async () => {
    const alone = await startService();
    try {
      await Promise.all([1, 2, 3].map(() => fetch(`${alone.url}/.well-known/jwks.json`)));
      expect(await alone.db.collection('signing_keys').countDocuments()).toBe(1);
    } finally {
      await alone.stop();
    }
  });
});

describe('a token that is not ours, or not as we made it, is turned away:', () => {
  let stolen: CryptoKey;
  let kid: string;
  beforeAll(async () => {
    // The service's own signing key, to be wrong in one thing alone.
    const signing = await service.db.collection('signing_keys').findOne({}, { sort: { signsUntil: -1 } });
    stolen = (await importJWK(signing?.['privateJwk'], 'EdDSA')) as CryptoKey;
    kid = String(signing?.['_id']);
  });

  const inAMinute = () => Math.floor(Date.now() / 1000) + 60;
  const claims = (): JWTPayload => ({
    iss: 'enterprise-service',
    aud: 'enterprise-service',
    sub: key.id,
    iat: inAMinute() - 60,
    exp: inAMinute(),
  });
  const signed = (changed: Changed = {}, header: Changed = {}, by: CryptoKey = stolen) =>
    new SignJWT({ ...claims(), ...changed } as JWTPayload)
      .setProtectedHeader({ alg: 'EdDSA', kid, typ: 'at+jwt', ...header } as JWTHeaderParameters)
      .sign(by);
  const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

  it('(one with nothing wrong is let in)', async () => {
    expect((await asked(await signed())).status).toBe(200);
  });

  it.each<readonly [string, () => Promise<string>]>([
    ['signed by somebody else', async () => signed({}, {}, (await generateKeyPair('EdDSA')).privateKey)],
    ['with another algorithm', async () => signed({}, { alg: 'ES256' }, (await generateKeyPair('ES256')).privateKey)],
    ['with algorithm none', async () => `${encoded({ alg: 'none', kid, typ: 'at+jwt' })}.${encoded(claims())}.`],
    [
      'with algorithm none and a signature that is none',
      async () => `${encoded({ alg: 'none', kid, typ: 'at+jwt' })}.${encoded(claims())}.AAAA`,
    ],
    [
      'signed by HS256 with the public key as the secret',
      async () => {
        const { keys } = (await (await fetch(`${service.url}/.well-known/jwks.json`)).json()) as {
          keys: { kid: string; x: string }[];
        };
        const { x = '' } = keys.find((published) => published.kid === kid) ?? {};
        const text = `${encoded({ alg: 'HS256', kid, typ: 'at+jwt' })}.${encoded(claims())}`;
        return `${text}.${createHmac('sha256', Buffer.from(x, 'base64url')).update(text).digest('base64url')}`;
      },
    ],
    ['for another audience', () => signed({ aud: 'somebody-else' })],
    ['for no audience', () => signed({ aud: [] })],
    ['of another issuer', () => signed({ iss: 'https://login.example.com' })],
    ['expired', () => signed({ exp: inAMinute() - 120 })],
    ['that never expires', () => signed({ exp: undefined })],
    ['not valid yet', () => signed({ nbf: inAMinute() })],
    ['of an unknown key', () => signed({}, { kid: 'made-up' })],
    ['without a key id', () => signed({}, { kid: undefined })],
    ['of another type', () => signed({}, { typ: 'JWT' })],
    ['for a key that does not exist', () => signed({ sub: '0123456789abcdef01234567' })],
    ["for the platform's admin by name", () => signed({ sub: 'platform-admin-key' })],
    ['for nobody', () => signed({ sub: undefined })],
    [
      'with its payload altered',
      async () => {
        const [header, , signature] = (await signed()).split('.');
        return `${header}.${encoded({ ...claims(), exp: inAMinute() + 3600 })}.${signature}`;
      },
    ],
    ['with its signature cut off', async () => (await signed()).slice(0, -20)],
    ['that is no JSON', async () => 'aaaa.bbbb.cccc'],
  ])('%s', async (_, forge) => {
    const forged = await forge();
    expectProblem(await asked(forged), 'unauthenticated');
    // What was refused once isn't remembered as good.
    expectProblem(await asked(forged), 'unauthenticated');
  });

  it('its claims are never taken from it unverified', () => {
    expect(decodeJwt(token).sub).toBe(key.id);
    expect(Object.keys(decodeJwt(token)).sort()).toEqual(['aud', 'exp', 'iat', 'iss', 'jti', 'sub']);
  });
});
