import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { FaultProxy } from '../faults/support/fault-proxy.js';
import { ServiceProcess } from '../faults/support/service-process.js';
import { LeavingClients } from '../support/leaving-clients.js';
import { CompiledService } from '../support/processes.js';

const STOPPING = /SIGTERM: stopping/;
const TROUBLE = /ERROR|WARN|MongoClientClosed|cut off/;

let compiled: CompiledService;
beforeAll(() => {
  compiled = new CompiledService();
});
afterAll(() => compiled.remove());

const started: ServiceProcess[] = [];
async function start(variables: Readonly<Record<string, string>> = {}): Promise<ServiceProcess> {
  const service = await ServiceProcess.start(compiled, variables);
  started.push(service);
  await service.untilReady();
  return service;
}
afterEach(async () => {
  for (const service of started.splice(0)) await service.kill();
});

/** A way to the run's database on which things can go wrong. */
async function wayToMongodb(): Promise<{ readonly way: FaultProxy; readonly uri: string }> {
  const server = new URL(String(process.env['TEST_MONGODB_URI']));
  const way = await FaultProxy.to(Number(server.port));
  server.port = String(way.port);
  return { way, uri: server.href };
}

/** What it complained of since it was asked to stop. */
const trouble = ({ lines }: ServiceProcess) =>
  lines.slice(lines.findIndex((line) => STOPPING.test(line))).filter((line) => TROUBLE.test(line));

async function readiness({ url }: ServiceProcess) {
  const answer = await fetch(`${url}/readyz`);
  return { status: answer.status, body: await answer.json() };
}

describe('a process that is asked to stop under load', () => {
  it('fails no request, tells its clients to leave, and ends with code 0 and nothing in its log', async () => {
    const { way, uri } = await wayToMongodb();
    // Every answer of the database takes a while, so that there are always requests in flight.
    way.suffer({ toClient: { latencyMs: 40 } });
    const leaving = await start({
      STOP_DELAY_MS: '1500',
      MONGODB_URI: uri,
      CACHE_FOLLOW_CHANGES: 'true',
    });
    const staying = await start({ MONGODB_DATABASE: leaving.database });
    const { body: organization } = await leaving.api.post('/organizations', { name: 'Stop', slug: 'stop' });
    const organizationId = organization['id'];

    const clients = new LeavingClients([leaving.url, staying.url]);
    let number = 0;
    clients.add(8, () => ({ method: 'GET', path: `/api/v1/organizations/${organizationId}` }), 2);
    clients.add(8, () => ({ method: 'GET', path: `/api/v1/clinics?count=exact&limit=${1 + (number++ % 100)}` }));
    clients.add(4, () => {
      number += 1;
      return { method: 'POST', path: '/api/v1/clinics', body: { organizationId, name: 'C', code: `c${number}` } };
    });
    // Seldom enough to be idle at any moment.
    clients.add(20, () => ({ method: 'GET', path: `/api/v1/organizations/${organizationId}` }), 400);
    const begun = performance.now();
    await clients.served(1000);
    expect(1_000_000 / (performance.now() - begun)).toBeGreaterThan(100); // A second.

    const signalledAtMs = performance.now();
    const ending = leaving.stop();
    await leaving.untilLine(STOPPING);
    expect(await readiness(leaving)).toMatchObject({ status: 503, body: { phase: 'stopping', mongodb: 'up' } });
    expect(await ending).toEqual({ code: 0, signal: null });
    const tookMs = performance.now() - signalledAtMs;
    await clients.end();
    way.close();

    const { exchanges } = clients;
    expect(exchanges.filter(({ outcome }) => outcome !== 200 && outcome !== 201)).toEqual([]);
    // Each of the 40 was told once, by the first answer that began after the signal, and nobody came back.
    const told = exchanges.filter(({ to, last }) => to === leaving.url && last);
    expect(told).toHaveLength(40);
    expect(tookMs).toBeGreaterThanOrEqual(1500);
    expect(tookMs).toBeLessThan(6000);
    expect(trouble(leaving)).toEqual([]);
  });

  it('logs no error where a client is gone and what it asked for is still in flight', async () => {
    const { way, uri } = await wayToMongodb();
    const service = await start({ MONGODB_URI: uri });
    await service.api.post('/organizations', { name: 'Gone', slug: 'before' });
    way.suffer({ toClient: { latencyMs: 500 } });
    const left = new AbortController();
    const posted = fetch(`${service.url}/api/v1/organizations`, {
      method: 'POST',
      headers: { authorization: 'Bearer platform-key-of-the-tests', 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'Gone', slug: 'gone' }),
      signal: left.signal,
    }).catch(() => 'gone');
    await fetch(`${service.url}/livez`); // It came after that one.
    left.abort();
    expect(await posted).toBe('gone');
    expect(await service.stop()).toEqual({ code: 0, signal: null });
    expect(trouble(service)).toEqual([]);
    way.close();
  });
});

describe('a connection that is idle when the process is asked to stop', () => {
  it('is served when it speaks before the delay is over, and told that this was the last time', async () => {
    const service = await start({ STOP_DELAY_MS: '2000' });
    const socket = connect(service.port, '127.0.0.1');
    const said: string[] = [];
    socket.on('data', (chunk) => said.push(chunk.toString()));
    const ask = async () => {
      socket.write('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n');
      await once(socket, 'data');
      return said.splice(0).join('');
    };
    expect(await ask()).toMatch(/^HTTP\/1.1 200 [\s\S]*keep-alive/i);
    const ending = service.stop();
    await service.untilLine(STOPPING);
    expect(await ask()).toMatch(/^HTTP\/1.1 200 [\s\S]*connection: close/i);
    await once(socket, 'end');
    expect(await ending).toEqual({ code: 0, signal: null });
  });

  it('is closed after the delay where it says nothing, and does not hold up the stop', async () => {
    const service = await start({ STOP_DELAY_MS: '300' });
    const socket = connect(service.port, '127.0.0.1');
    await once(socket, 'connect');
    const closed = once(socket.resume(), 'end');
    expect(await service.stop()).toEqual({ code: 0, signal: null });
    await closed;
  });
});

describe('a process that is asked to stop', () => {
  it('ends with code 1 and says what it cut off when a request does not end', async () => {
    const service = await start({ STOP_TIMEOUT_MS: '500' });
    const socket = connect(service.port, '127.0.0.1').on('error', () => undefined);
    const key = 'Authorization: Bearer platform-key-of-the-tests';
    // Its body never comes.
    socket.write(
      `POST /api/v1/clinics HTTP/1.1\r\nHost: x\r\n${key}\r\nContent-Type: application/json\r\nContent-Length: 99\r\nExpect: 100-continue\r\n\r\n{`,
    );
    await once(socket, 'data'); // 100 Continue: it is being worked on.
    const begun = performance.now();
    expect(await service.stop()).toEqual({ code: 1, signal: null });
    expect(performance.now() - begun).toBeLessThan(3000);
    expect(trouble(service)).toEqual([
      expect.stringMatching(/cut off: POST \/api\/v1\/clinics \(for \d+ ms\)/),
      expect.stringMatching(/cut off: 1 connection$/),
    ]);
    socket.destroy();
  });

  it('ends at once when it is asked again', async () => {
    const service = await start({ STOP_DELAY_MS: '60000' });
    service.signal('SIGTERM');
    await service.untilLine(STOPPING);
    const begun = performance.now();
    service.signal('SIGINT');
    expect(await service.ended).toEqual({ code: 1, signal: null });
    expect(performance.now() - begun).toBeLessThan(2000);
  });

  it('takes one key press in a terminal, of which npm passes on a second signal, for one', async () => {
    const service = await start({ STOP_DELAY_MS: '500' });
    service.signal('SIGINT');
    await service.untilLine(/SIGINT: stopping/);
    service.signal('SIGINT');
    expect(await service.ended).toEqual({ code: 0, signal: null });
  });
});

it('a process that is killed while it writes has lost nothing that it had acknowledged', async () => {
  const { way, uri } = await wayToMongodb();
  const killed = await start({ MONGODB_URI: uri });
  // What was acknowledged before the database has it is lost with its connection.
  way.suffer({ toServer: { latencyMs: 20 } });
  const { body: organization } = await killed.api.post('/organizations', { name: 'Killed', slug: 'killed' });
  const acknowledged: unknown[] = [];
  const enough = Promise.withResolvers<void>();
  let number = 0;
  const write = async () => {
    for (;;) {
      number += 1;
      const clinic = { organizationId: organization['id'], name: 'Kept', code: `k${number}` };
      const { status, body } = await killed.api.post('/clinics', clinic);
      if (status === 201) acknowledged.push(body['id']);
      if (acknowledged.length >= 100) enough.resolve();
    }
  };
  const writers = Array.from({ length: 8 }, () => write().catch(() => undefined));
  await enough.promise;
  way.close();
  await killed.kill();
  await Promise.all(writers);

  const next = await start({ MONGODB_DATABASE: killed.database });
  expect(await next.untilReady()).toBeLessThan(5000);
  const found = await Promise.all(acknowledged.map((id) => next.api.get(`/clinics/${id}`)));
  expect(found.filter(({ status }) => status !== 200)).toEqual([]);
  const other = await next.api.post('/organizations', { name: 'Next', slug: 'next' });
  expect(other.status).toBe(201);
});
