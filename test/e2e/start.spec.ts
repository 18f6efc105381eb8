import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { FaultProxy } from '../faults/support/fault-proxy.js';
import { ServiceProcess } from '../faults/support/service-process.js';
import { CompiledService } from '../support/processes.js';
import { untilAnswer } from '../support/until.js';

const WAITS = /waiting for MongoDB/;

let compiled: CompiledService;
beforeAll(() => {
  compiled = new CompiledService();
});
afterAll(() => compiled.remove());

const ways: FaultProxy[] = [];
const started: ServiceProcess[] = [];
afterEach(async () => {
  for (const service of started.splice(0)) await service.kill();
  for (const way of ways.splice(0)) way.close();
});

/** A process whose way to one of its servers can be cut. */
async function wayTo(variable: 'MONGODB_URI' | 'REDIS_URL') {
  const server = new URL(String(process.env[`TEST_${variable}`]));
  const way = await FaultProxy.to(Number(server.port));
  ways.push(way);
  server.port = String(way.port);
  return { way, variables: { [variable]: server.href } };
}

async function start(variables: Readonly<Record<string, string>>): Promise<ServiceProcess> {
  const service = await ServiceProcess.start(compiled, variables);
  started.push(service);
  return service;
}

async function ask({ url }: ServiceProcess, path: string, init?: RequestInit) {
  const answer = await fetch(`${url}${path}`, init);
  const body = (await answer.json()) as Record<string, unknown>;
  return { status: answer.status, headers: answer.headers, body };
}

const MONGODB_AWAY = {
  status: 'unavailable',
  phase: 'starting',
  mongodb: 'down',
  redis: 'up',
  indexes: 'unverified',
  cache: 'warming',
};
const READY = { status: 'ok', phase: 'running', mongodb: 'up', redis: 'up', indexes: 'verified', cache: 'warm' };

describe.each(['refuses', 'says nothing'])('a process whose database %s when it starts', (how) => {
  it('is alive, says what it waits for, and becomes ready by itself at the same address', async () => {
    const { way, variables } = await wayTo('MONGODB_URI');
    if (how === 'refuses') way.cut();
    else way.silence();
    const begun = performance.now();
    const service = await start(variables);
    expect(performance.now() - begun).toBeLessThan(5000);
    expect(service.lines.filter((line) => WAITS.test(line))).toHaveLength(1);

    expect(await ask(service, '/livez')).toMatchObject({ status: 200, body: { status: 'ok' } });
    const { answer } = await untilAnswer(
      () => ask(service, '/readyz'),
      ({ body }) => body['redis'] === 'up',
    );
    expect([answer.status, answer.body]).toEqual([503, MONGODB_AWAY]);
    for (const init of [{ method: 'GET' }, { method: 'POST', body: '{"name":"Early"}' }]) {
      const refused = await ask(service, '/api/v1/organizations?limit=5', init);
      expect(refused.status).toBe(503);
      expect(refused.headers.get('content-type')).toBe('application/problem+json');
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(refused.body).toMatchObject({
        type: '/api/v1/problems/service-unavailable',
        status: 503,
        instance: '/api/v1/organizations',
        correlationId: refused.headers.get('x-correlation-id'),
      });
    }

    way.restore();
    expect(await service.untilReady()).toBeLessThan(10_000);
    expect((await ask(service, '/readyz')).body).toEqual(READY);
    expect((await service.api.get('/organizations')).status).toBe(200);
    expect(await service.stop()).toEqual({ code: 0, signal: null });
  });
});

it('a process that waits for its database ends at once when it is asked to stop', async () => {
  const { way, variables } = await wayTo('MONGODB_URI');
  way.cut();
  const service = await start({ ...variables, STOP_DELAY_MS: '60000' });
  const begun = performance.now();
  expect(await service.stop()).toEqual({ code: 0, signal: null });
  expect(performance.now() - begun).toBeLessThan(1000);
});

it('a process whose Redis is away when it starts serves, degraded, until it comes', async () => {
  const { way, variables } = await wayTo('REDIS_URL');
  way.cut();
  const service = await start(variables);
  const degraded = { ...READY, status: 'degraded', redis: 'down' };
  expect(await ask(service, '/readyz')).toMatchObject({ status: 200, body: degraded });
  expect((await service.api.get('/organizations')).status).toBe(200);
  way.restore();
  const { answer } = await untilAnswer(
    () => ask(service, '/readyz'),
    ({ body }) => body['redis'] === 'up',
  );
  expect([answer.status, answer.body]).toEqual([200, READY]);
});

it('with its database there nobody waits', async () => {
  const service = await start({});
  expect(service.lines.filter((line) => WAITS.test(line))).toEqual([]);
});

describe('a process that can never start', () => {
  it.each([
    ['has no indexes in production', { NODE_ENV: 'production' }, /Indexes are not as declared/],
    ['has a URI that is none', { MONGODB_URI: 'mongodb://' }, /URI|hostname|host/i],
    ['has a wrong setting', { STOP_DELAY_MS: 'soon' }, /STOP_DELAY_MS must be a whole number/],
  ])('says why and ends: it %s', async (_why, variables: Record<string, string>, says) => {
    await expect(start(variables)).rejects.toThrow(says);
  });
});
