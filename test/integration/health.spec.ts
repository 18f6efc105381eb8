import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Redis } from 'ioredis';
import { startService, type TestService } from '../support/service.js';

const probe = async ({ url }: TestService, path: string) => {
  const answer = await fetch(`${url}${path}`);
  return { status: answer.status, body: await answer.json() };
};

const READY = {
  status: 'ok',
  phase: 'running',
  mongodb: 'up',
  redis: 'up',
  indexes: 'verified',
  cache: 'warm',
};

describe('with both servers', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startService();
  });
  afterAll(() => service.stop());

  it('/livez says that the process turns', async () => {
    expect(await probe(service, '/livez')).toEqual({ status: 200, body: { status: 'ok' } });
  });

  it('/readyz says what the next request needs and that it is there', async () => {
    expect(await probe(service, '/readyz')).toEqual({ status: 200, body: READY });
  });

  it('who asks for /readyz at the same time shares one question', async () => {
    const pings = jest.spyOn(service.app.get(Redis), 'ping');
    const answers = await Promise.all(Array.from({ length: 20 }, () => probe(service, '/readyz')));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(pings.mock.calls.length).toBeLessThan(answers.length);
    pings.mockRestore();
  });

  it('the probes stand beside the API, not in it', async () => {
    for (const path of ['/livez', '/readyz']) expect((await service.api.get(path)).status).toBe(404);
  });
});

it('without Redis the service is ready, if degraded', async () => {
  const line = await openLine(String(process.env['TEST_REDIS_URL']));
  const service = await startService({ REDIS_URL: line.url });
  try {
    expect((await probe(service, '/readyz')).body).toMatchObject({ redis: 'up' });
    await line.cut();
    const degraded = { ...READY, status: 'degraded', redis: 'down' };
    expect(await probe(service, '/readyz')).toEqual({ status: 200, body: degraded });
    expect((await probe(service, '/livez')).status).toBe(200);
    expect((await service.api.get('/organizations')).status).toBe(200);
  } finally {
    await service.stop();
    await line.cut();
  }
});

it('without MongoDB the service is alive, but not ready', async () => {
  const line = await openLine(String(process.env['TEST_MONGODB_URI']));
  const service = await startService({ MONGODB_URI: line.url });
  try {
    expect((await probe(service, '/readyz')).body).toMatchObject({ mongodb: 'up' });
    await line.cut();
    const unavailable = { ...READY, status: 'unavailable', mongodb: 'down' };
    expect(await probe(service, '/readyz')).toEqual({ status: 503, body: unavailable });
    expect(await probe(service, '/livez')).toEqual({ status: 200, body: { status: 'ok' } });
  } finally {
    await service.stop();
    await line.cut();
  }
});

/** A line to a server that can be cut, as a cable would be. */
async function openLine(target: string): Promise<{ readonly url: string; cut(): Promise<void> }> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('error', () => to.destroy()).on('close', () => to.destroy());
      from.pipe(to);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: target.replace(`${hostname}:${port}`, `127.0.0.1:${(server.address() as AddressInfo).port}`),
    cut: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
