import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startService, type TestService } from '../support/service.js';
import { untilAnswer } from '../support/until.js';
import { CACHED_ROUTES, makePractice, type Practice } from './cached-routes.js';
import { expectProblem } from './problem-shape.js';

/** A process that has Redis. */
let healthy: TestService;
let practice: Practice;
let nowhere: string;
const others: TestService[] = [];
beforeAll(async () => {
  healthy = await startService();
  practice = await makePractice(healthy.api);
  nowhere = `redis://127.0.0.1:${await closedPort()}`;
});
afterAll(async () => {
  for (const service of [...others, healthy]) await service.stop();
});

/** A port that nobody listens on. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Another process over the same database. */
async function beside(variables: Record<string, string>): Promise<TestService> {
  const service = await startService({ MONGODB_DATABASE: healthy.db.databaseName, ...variables });
  others.push(service);
  return service;
}

async function timed<T>(work: () => Promise<T>) {
  const begun = performance.now();
  const answer = await work();
  return { answer, tookMs: performance.now() - begun };
}

const clinic = () => `/clinics/${practice.clinic.id}`;

async function expectBypassed({ api }: TestService): Promise<void> {
  for (const pathOf of Object.values(CACHED_ROUTES)) {
    for (let again = 0; again < 2; again += 1) {
      const { status, headers } = await api.get(pathOf(practice));
      expect([pathOf(practice), status, headers.get('x-cache')]).toEqual([pathOf(practice), 200, 'BYPASS']);
    }
  }
  const { status, headers } = await api.get('/clinics/0123456789abcdef01234567');
  expect([status, headers.get('x-cache')]).toEqual([404, 'BYPASS']);
}

describe('without Redis', () => {
  let cutOff: TestService;
  beforeAll(async () => {
    cutOff = await beside({ REDIS_URL: nowhere });
  });

  it('every read is answered by the database', () => expectBypassed(cutOff));

  it('a write waits two seconds, and is then seen by all', async () => {
    const cached = async () => (await healthy.api.get(clinic())).headers.get('x-cache');
    await cached();
    expect(await cached()).toBe('HIT');
    const { answer, tookMs } = await timed(() => cutOff.api.patch(clinic(), { name: 'Fenced' }));
    expect(answer.status).toBe(200);
    expect(tookMs).toBeGreaterThanOrEqual(2000);
    expect(tookMs).toBeLessThan(6000);
    const seen = await healthy.api.get(clinic());
    expect(seen.body).toEqual(answer.body);
    for (const list of [`/clinics?organizationId=${practice.organization.id}`, '/clinics']) {
      expect(JSON.stringify((await healthy.api.get(list)).body)).toContain('Fenced');
    }
    // Once the others have seen the fence end, they cache again.
    await untilAnswer(cached, (cache) => cache === 'HIT', 5000);
    expect((await healthy.api.get(clinic())).body).toEqual(answer.body);
  });

  it('what other processes write is seen at once', async () => {
    await healthy.api.patch(clinic(), { name: 'By the healthy' });
    expect((await cutOff.api.get(clinic())).body).toMatchObject({ name: 'By the healthy' });
  });

  it('writes that are refused for other reasons do not wait', async () => {
    const { answer, tookMs } = await timed(() => cutOff.api.patch(clinic(), {}, { 'if-match': '"999"' }));
    expectProblem(answer, 'precondition-failed');
    expect(tookMs).toBeLessThan(2000);
  });
});

describe('without Redis, CACHE_WRITE_POLICY=strict', () => {
  it('refuses writes at once, and changes nothing', async () => {
    const strict = await beside({ REDIS_URL: nowhere, CACHE_WRITE_POLICY: 'strict' });
    const before = (await healthy.api.get(clinic(), {}, { 'cache-control': 'no-cache' })).body;
    const clinics = await healthy.db.collection('clinics').countDocuments();
    for (const write of [
      () => strict.api.patch(clinic(), { name: 'Strict' }),
      () => strict.api.delete(clinic(), { cascade: true }),
      () => strict.api.post('/clinics', { organizationId: practice.organization.id, name: 'Strict', code: 'STRICT' }),
    ]) {
      const { answer, tookMs } = await timed(write);
      expectProblem(answer, 'service-unavailable');
      expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
      expect(tookMs).toBeLessThan(2000);
    }
    expect((await strict.api.get(clinic())).body).toEqual(before);
    expect(await healthy.db.collection('clinics').countDocuments()).toBe(clinics);
  });
});

describe('without Redis, CACHE_WRITE_POLICY=available', () => {
  it('writes at once, and is seen by others within their two seconds', async () => {
    const available = await beside({ REDIS_URL: nowhere, CACHE_WRITE_POLICY: 'available' });
    await healthy.api.get(clinic());
    const { answer, tookMs } = await timed(() => available.api.patch(clinic(), { name: 'Available' }));
    expect(answer.status).toBe(200);
    expect(tookMs).toBeLessThan(2000);
    const begun = performance.now();
    await untilAnswer(
      () => healthy.api.get(clinic()),
      ({ body }) => body['name'] === 'Available',
    );
    expect(performance.now() - begun).toBeLessThan(2500);
  });
});

describe('with CACHE_ENABLED=false', () => {
  it('every read is answered by the database, and writes are seen by others at once', async () => {
    const uncached = await beside({ CACHE_ENABLED: 'false' });
    await expectBypassed(uncached);
    for (const pathOf of [clinic, () => `/organizations/${practice.organization.id}/summary`]) {
      await healthy.api.get(pathOf());
      expect((await healthy.api.get(pathOf())).headers.get('x-cache')).toBe('HIT');
    }
    await uncached.api.patch(clinic(), { name: 'Uncached', status: 'inactive' });
    expect((await healthy.api.get(clinic())).body).toMatchObject({ name: 'Uncached' });
    expect((await healthy.api.get(`/organizations/${practice.organization.id}/summary`)).body).toMatchObject({
      clinics: { inactive: 1 },
    });
  });
});
