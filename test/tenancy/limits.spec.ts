import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { RateLimiter } from '../../src/common/rate-limit/rate-limiter.js';
import { expectProblem } from '../e2e/problem-shape.js';
import { type Answer, ApiClient } from '../support/api-client.js';
import { Directory } from '../support/directory.js';
import { clientOf, makeKey } from '../support/principals.js';
import { PLATFORM_KEY, startService, type TestService } from '../support/service.js';

const QUOTA = 5;
/** Nobody listens there. */
const NO_REDIS = 'redis://127.0.0.1:1';

const services: TestService[] = [];
async function start(variables: Record<string, string>): Promise<TestService> {
  const service = await startService(variables);
  services.push(service);
  return service;
}
afterAll(async () => {
  for (const service of services) await service.stop();
});

const organizationOf = async (service: TestService, fields = {}) => {
  const { id } = await new Directory(service.api).organization(fields);
  return { id, api: (await makeKey(service, id, 'admin')).api };
};

/** Makes requests one after the other and tells which were let through. */
async function statuses(api: ApiClient, count: number): Promise<number[]> {
  const seen: number[] = [];
  for (let n = 0; n < count; n += 1) seen.push((await api.get('/clinics')).status);
  return seen;
}

const times = (count: number, status: number): number[] => Array(count).fill(status);

/** The members of one item of a structured field list (RFC 9651), such as `"tenant";r=4;t=12`. */
function item(header: string | null, name: string): Record<string, number> {
  const found = (header ?? '').split(', ').find((part) => part.startsWith(`"${name}";`));
  const parameters = /^"[a-z]+"((?:;[a-z]=\d+)+)$/.exec(found ?? '')?.[1];
  if (parameters === undefined) throw new Error(`${header} has no item ${name} of the draft's form`);
  return Object.fromEntries(
    parameters
      .slice(1)
      .split(';')
      .map((pair) => [pair.slice(0, 1), Number(pair.slice(2))]),
  );
}

function expectQuotaExceeded(answer: Answer, ...policies: readonly string[]): void {
  const { status, body, headers } = answer;
  expect([status, headers.get('content-type')?.split(';')[0], headers.get('cache-control')]).toEqual([
    429,
    'application/problem+json',
    'no-store',
  ]);
  expect(body).toMatchObject({
    type: 'https://iana.org/assignments/http-problem-types#quota-exceeded',
    title: 'Request cannot be satisfied as assigned quota has been exceeded',
    status: 429,
    'violated-policies': policies,
  });
  for (const policy of policies) {
    const { r, t } = item(headers.get('ratelimit'), policy);
    expect(r).toBe(0);
    expect(t).toBeGreaterThan(0);
    expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(t ?? Number.POSITIVE_INFINITY);
  }
}

describe('an organization that asks too often', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await start({ RATE_LIMIT_TENANT_PER_MINUTE: String(QUOTA) });
  });

  it('is told at each answer what is left, and is refused when nothing is', async () => {
    const { api } = await organizationOf(service);
    for (let n = 1; n <= QUOTA; n += 1) {
      const { status, headers } = await api.get('/clinics');
      expect([status, headers.get('ratelimit-policy')]).toEqual([200, `"tenant";q=${QUOTA};w=60`]);
      const { r, t = 0 } = item(headers.get('ratelimit'), 'tenant');
      expect(r).toBe(QUOTA - n);
      // n requests of 12 s each are to be regained.
      expect(t).toBeGreaterThan(12 * (n - 1));
      expect(t).toBeLessThanOrEqual(12 * n);
      expect(headers.get('x-ratelimit-limit') ?? headers.get('ratelimit-limit')).toBeNull();
    }
    expectQuotaExceeded(await api.get('/clinics'), 'tenant');
  });

  it('is refused whichever of its keys it uses, and others are not', async () => {
    const { id, api } = await organizationOf(service);
    const others = await organizationOf(service);
    expect(await statuses(api, QUOTA)).toEqual(times(QUOTA, 200));
    expectQuotaExceeded(await (await makeKey(service, id, 'viewer')).api.get('/clinics'), 'tenant');
    expect(await statuses(others.api, 1)).toEqual([200]);
    expect(await statuses(service.api, QUOTA + 1)).toEqual(times(QUOTA + 1, 200));
  });

  it('is refused as well when all ask at once', async () => {
    const { api } = await organizationOf(service);
    const answers = await Promise.all(times(4 * QUOTA, 0).map(() => api.get('/clinics')));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(QUOTA);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(3 * QUOTA);
  });
});

it('a tier has its own limit, or none', async () => {
  const service = await start({ RATE_LIMIT_TENANT_PER_MINUTE: '2', RATE_LIMIT_TIERS: 'premium=4,enterprise=0' });
  for (const [tier, expected] of [
    ['free', [...times(2, 200), ...times(4, 429)]],
    ['basic', [...times(2, 200), ...times(4, 429)]],
    ['premium', [...times(4, 200), ...times(2, 429)]],
    ['enterprise', times(6, 200)],
  ] as const) {
    const { api } = await organizationOf(service, { subscriptionTier: tier });
    expect([tier, await statuses(api, 6)]).toEqual([tier, expected]);
  }
});

it('0 turns the limits of organizations off, of all tiers', async () => {
  const service = await start({ RATE_LIMIT_TENANT_PER_MINUTE: '0', RATE_LIMIT_TIERS: 'premium=1' });
  const { api } = await organizationOf(service, { subscriptionTier: 'premium' });
  const answer = await api.get('/clinics');
  expect([answer.headers.get('ratelimit'), answer.headers.get('ratelimit-policy')]).toEqual([null, null]);
  expect(await statuses(api, 3)).toEqual(times(3, 200));
});

it('one key can be limited too, also one of the platform', async () => {
  const service = await start({ RATE_LIMIT_TENANT_PER_MINUTE: '3', RATE_LIMIT_KEY_PER_MINUTE: '2' });
  const setup = await organizationOf(await start({ MONGODB_DATABASE: service.db.databaseName }));
  const helper = services.at(-1) ?? service;
  const [first, second] = [await makeKey(helper, setup.id, 'viewer'), await makeKey(helper, setup.id, 'viewer')];
  const platform = await makeKey(helper, null, 'read-only');
  const [one, two, ofPlatform] = [first, second, platform].map(({ key }) => clientOf(service, key));
  const answer = await one?.get('/clinics');
  expect(answer?.headers.get('ratelimit-policy')).toBe('"tenant";q=3;w=60, "key";q=2;w=60');
  expect(answer?.headers.get('ratelimit')).toMatch(/^"tenant";r=2;t=\d+, "key";r=1;t=\d+$/);
  expect(await statuses(one ?? service.api, 2)).toEqual([200, 429]);
  expectQuotaExceeded((await two?.get('/clinics')) as Answer, 'tenant');
  expect(await statuses(ofPlatform ?? service.api, 3)).toEqual([200, 200, 429]);
});

it('all requests of a turn are one command to Redis, whosever they are', async () => {
  const service = await start({});
  const limiter = service.app.get(RateLimiter, { strict: false });
  const mark = randomBytes(8).toString('hex');
  const redis = new Redis(process.env['TEST_REDIS_URL'] ?? '');
  const monitor = await redis.monitor();
  const seen: string[][] = [];
  const ended = new Promise<void>((resolve) => {
    monitor.on('monitor', (_time: string, command: string[], source: string) => {
      if (command.includes(`end-${mark}`)) resolve();
      // What the script itself runs is no round trip.
      else if (source !== 'lua' && command.some((part) => part.includes(mark))) seen.push(command);
    });
  });
  const policy = { quota: 100, windowSeconds: 60 };
  await Promise.all(times(30, 0).map((_, n) => limiter.take(`{${mark}-${n % 3}}:rate`, policy)));
  await redis.echo(`end-${mark}`);
  await ended;
  monitor.disconnect();
  redis.disconnect();
  expect(seen.map(([name]) => name?.toLowerCase().replace(/sha$/, ''))).toEqual(['eval']);
  expect(seen[0]?.filter((part) => part.includes(mark))).toHaveLength(3);
});

describe('without Redis', () => {
  it('each process limits by what it sees itself, and nothing fails', async () => {
    const service = await start({ REDIS_URL: NO_REDIS, RATE_LIMIT_TENANT_PER_MINUTE: String(QUOTA) });
    const { api } = await organizationOf(service);
    expect(await statuses(api, QUOTA)).toEqual(times(QUOTA, 200));
    expectQuotaExceeded(await api.get('/clinics'), 'tenant');
    expectProblem(await clientOf(service, 'es_wrong').get('/clinics'), 'unauthenticated');
    expect(await statuses(service.api, 1)).toEqual([200]);
  });

  it('failed sign-ins are still limited', async () => {
    const service = await start({ REDIS_URL: NO_REDIS, AUTH_FAILED_LOGINS_PER_MINUTE: '3' });
    expect(await statuses(clientOf(service, 'es_wrong'), 5)).toEqual([...times(3, 401), ...times(2, 429)]);
  });
});

describe('an address that fails to sign in too often', () => {
  const FAILURES = 4;
  let service: TestService;
  beforeAll(async () => {
    service = await start({ AUTH_FAILED_LOGINS_PER_MINUTE: String(FAILURES), TRUST_PROXY: 'true' });
  });
  /** All tests of a run share a Redis: each has an address of its own. */
  const newAddress = () => `2001:db8::${randomBytes(2).toString('hex')}:${randomBytes(2).toString('hex')}`;
  const from = (address: string, credential: string) =>
    clientOf(service, undefined).get(
      '/clinics',
      {},
      { authorization: `Bearer ${credential}`, 'x-forwarded-for': address },
    );

  it('is refused for a while, and other addresses are not', async () => {
    const address = newAddress();
    for (let n = 0; n < FAILURES; n += 1) expectProblem(await from(address, `es_guess_${n}`), 'unauthenticated');
    const refused = await from(address, 'es_guess_more');
    expectProblem(refused, 'too-many-logins');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(60);
    expectProblem(await from(newAddress(), 'es_guess'), 'unauthenticated');
  });

  it('cannot find a key by guessing on, but one that was in use there keeps working', async () => {
    const address = newAddress();
    const { id } = await new Directory(service.api).organization();
    const [used, unused] = [await makeKey(service, id, 'viewer'), await makeKey(service, id, 'viewer')];
    expect((await from(address, used.key)).status).toBe(200);
    for (let n = 0; n <= FAILURES; n += 1) await from(address, `es_guess_${n}`);
    expect((await from(address, used.key)).status).toBe(200);
    expectProblem(await from(address, unused.key), 'too-many-logins');
    // Another key's change makes this process ask the database again: the key is known still.
    await service.api.delete(`/auth/keys/${unused.id}`);
    expect((await from(address, used.key)).status).toBe(200);
    await service.api.delete(`/auth/keys/${used.id}`);
    expectProblem(await from(address, used.key), 'too-many-logins');
  });

  it('is refused at the token endpoint as well', async () => {
    const address = newAddress();
    const ask = () =>
      clientOf(service, undefined).post(
        '/auth/token',
        { grant_type: 'client_credentials', client_id: '0123456789abcdef01234567', client_secret: 'es_wrong' },
        { 'x-forwarded-for': address },
      );
    for (let n = 0; n < FAILURES; n += 1) expectProblem(await ask(), 'unauthenticated');
    expectProblem(await ask(), 'too-many-logins');
  });

  it('cannot make itself another address where no proxy is trusted', async () => {
    const open = await start({ AUTH_FAILED_LOGINS_PER_MINUTE: '3', REDIS_URL: NO_REDIS });
    const seen: number[] = [];
    for (let n = 0; n < 5; n += 1) {
      const headers = { 'x-forwarded-for': newAddress() };
      seen.push(
        (await new ApiClient(`${open.url}/api/v1`, `wrong ${PLATFORM_KEY}`.slice(0, 5)).get('/clinics', {}, headers))
          .status,
      );
    }
    expect(seen).toEqual([401, 401, 401, 429, 429]);
  });
});
