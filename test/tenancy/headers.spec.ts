import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { rawRequest } from '../e2e/raw-request.js';
import { Directory } from '../support/directory.js';
import { makeKey } from '../support/principals.js';
import { PLATFORM_KEY, startService, type TestService } from '../support/service.js';

const ORIGIN = 'https://app.example.com';
const key = { authorization: `Bearer ${PLATFORM_KEY}` };

let service: TestService;
let open: TestService;
let clinic: string;
beforeAll(async () => {
  service = await startService({ BODY_LIMIT_BYTES: '2048' });
  open = await startService({ CORS_ORIGINS: `${ORIGIN}, https://other.example.com` });
  const directory = new Directory(service.api);
  clinic = (await directory.clinic((await directory.organization()).id)).id;
});
afterAll(async () => {
  await service.stop();
  await open.stop();
});

interface Request {
  readonly path: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const call = ({ path, ...init }: Request, { url } = service) => fetch(`${url}${path}`, { ...init });

const answers: readonly (readonly [string, number, () => Request])[] = [
  ['a list', 200, () => ({ path: '/api/v1/clinics', headers: key })],
  ['a record', 200, () => ({ path: `/api/v1/clinics/${clinic}`, headers: key })],
  ['a HEAD', 200, () => ({ path: `/api/v1/clinics/${clinic}`, method: 'HEAD', headers: key })],
  ['not modified', 304, () => ({ path: `/api/v1/clinics/${clinic}`, headers: { ...key, 'if-none-match': '*' } })],
  ['a probe', 200, () => ({ path: '/livez' })],
  ['the public keys', 200, () => ({ path: '/.well-known/jwks.json' })],
  ['the API document', 200, () => ({ path: '/api/v1/openapi.json' })],
  ['an unreadable body', 400, () => json('{')],
  ['a URL that cannot be decoded', 400, () => ({ path: '/api/v1/clinics/%E0%A4', headers: key })],
  ['a stranger', 401, () => ({ path: '/api/v1/clinics' })],
  ['an unknown record', 404, () => ({ path: '/api/v1/clinics/0123456789abcdef01234567', headers: key })],
  ['an unknown path', 404, () => ({ path: '/wp-admin.php' })],
  ['an unknown path below the API', 404, () => ({ path: '/api/v1/nothing', headers: key })],
  ['a method that is not there', 405, () => ({ path: '/api/v1/clinics', method: 'DELETE', headers: key })],
  ['a body that is too large', 413, () => json(JSON.stringify({ name: 'x'.repeat(4096) }))],
  ['a type that is not taken', 415, () => ({ ...json('<a/>'), headers: { ...key, 'content-type': 'text/xml' } })],
];

const json = (body: string): Request => ({
  path: '/api/v1/clinics',
  method: 'POST',
  headers: { ...key, 'content-type': 'application/json' },
  body,
});

function expectSafe(headers: Headers, policy: RegExp | string): void {
  expect(Object.fromEntries(headers)).toMatchObject({
    'strict-transport-security': expect.stringMatching(/^max-age=\d{8,}/),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'content-security-policy': expect.stringMatching(policy),
  });
  for (const name of ['server', 'x-powered-by', 'access-control-allow-origin']) expect(headers.get(name)).toBeNull();
}

const NOTHING = /^default-src 'none'; ?frame-ancestors 'none'$/;

describe('a browser is told to do nothing else with the answer to', () => {
  it.each(answers)('%s (%i)', async (_, expected, request) => {
    const { status, headers } = await call(request());
    expect(status).toBe(expected);
    expectSafe(headers, NOTHING);
  });

  it('a forbidden request (403)', async () => {
    const ops = await makeKey(service, null, 'ops');
    const { status, headers } = await ops.api.get('/clinics');
    expect(status).toBe(403);
    expectSafe(headers, NOTHING);
  });

  it('a request that is no HTTP (400)', async () => {
    const { status, headers } = await rawRequest(service.url, 'GET /livez', ['bad header']);
    expect(status).toBe(400);
    expectSafe(headers, NOTHING);
  });

  it('headers that are too large (431)', async () => {
    const { status, headers } = await rawRequest(service.url, 'GET /livez', [`X-Large: ${'x'.repeat(20_000)}`]);
    expect(status).toBe(431);
    expectSafe(headers, NOTHING);
  });

  it('the documentation page, which runs its own script alone', async () => {
    const { status, headers } = await call({ path: '/api/docs' });
    expect(status).toBe(200);
    expectSafe(headers, /default-src 'none';.*script-src 'self';.*frame-ancestors 'none'/);
    expect(headers.get('content-security-policy')).not.toMatch(/unsafe|\*/);
  });
});

const cors = (headers: Headers) => [...headers.keys()].filter((name) => name.startsWith('access-control-'));

const preflight = (origin: string): Request => ({
  path: '/api/v1/clinics',
  method: 'OPTIONS',
  headers: {
    origin,
    'access-control-request-method': 'PATCH',
    'access-control-request-headers': 'authorization,content-type,if-match',
  },
});

describe('a page of another origin', () => {
  it('reads nothing where none is allowed', async () => {
    const read = await call({ path: '/api/v1/clinics', headers: { ...key, origin: ORIGIN } });
    expect(cors(read.headers)).toEqual([]);
    expect(cors((await call(preflight(ORIGIN))).headers)).toEqual([]);
  });

  it.each([ORIGIN, 'https://other.example.com'])(
    '%s, which is allowed, reads answers and their headers',
    async (origin) => {
      for (const headers of [{ ...key, origin }, { origin }]) {
        const answer = await call({ path: '/api/v1/clinics', headers }, open);
        expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
        expect(answer.headers.get('vary')).toMatch(/Origin/i);
        expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
        const exposed = (answer.headers.get('access-control-expose-headers') ?? '').split(/, */);
        expect(exposed).toEqual(
          expect.arrayContaining([
            'ETag',
            'Link',
            'Location',
            'RateLimit',
            'RateLimit-Policy',
            'Retry-After',
            'X-Correlation-Id',
          ]),
        );
      }
    },
  );

  it('that is allowed may ask with any method and its headers', async () => {
    const { status, headers } = await call(preflight(ORIGIN), open);
    expect(status).toBe(204);
    expect(headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect(headers.get('access-control-allow-methods')).toMatch(/PATCH/);
    expect(headers.get('access-control-allow-headers')).toMatch(/authorization/i);
  });

  it.each(['https://evil.example.com', `${ORIGIN}.evil.example`, 'http://app.example.com', 'null'])(
    '%s, which is not allowed, reads nothing',
    async (origin) => {
      const read = await call({ path: '/api/v1/clinics', headers: { ...key, origin } }, open);
      expect(read.headers.get('access-control-allow-origin')).toBeNull();
      expect((await call(preflight(origin), open)).headers.get('access-control-allow-origin')).toBeNull();
    },
  );
});

describe("tenants' data", () => {
  it('is kept by no shared cache', async () => {
    const { headers } = await call({ path: '/api/v1/clinics', headers: key });
    expect(headers.get('cache-control')).toBe('private, no-cache');
    expect(headers.get('vary')).toMatch(/Authorization/);
  });

  it('differs by caller for an allowed origin as well', async () => {
    const { headers } = await call({ path: '/api/v1/clinics', headers: { ...key, origin: ORIGIN } }, open);
    expect(headers.get('vary')?.split(/, */)).toEqual(expect.arrayContaining(['Authorization', 'X-API-Key', 'Origin']));
  });
});
