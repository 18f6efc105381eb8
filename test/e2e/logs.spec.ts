import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { ServiceProcess } from '../faults/support/service-process.js';
import { ApiClient } from '../support/api-client.js';
import { Directory } from '../support/directory.js';
import { makeKey } from '../support/principals.js';
import { CompiledService, testEnvironment } from '../support/processes.js';
import { startService, type TestService } from '../support/service.js';

let compiled: CompiledService;
const started: ServiceProcess[] = [];
beforeAll(() => {
  compiled = new CompiledService();
});
afterAll(async () => {
  for (const service of started) await service.kill();
  compiled.remove();
});

/** A process as in production, over a database that one of development has made the indexes in. */
async function production(variables: Readonly<Record<string, string>> = {}): Promise<ServiceProcess> {
  const first = await ServiceProcess.start(compiled);
  started.push(first);
  await first.untilReady();
  await first.stop();
  const service = await ServiceProcess.start(compiled, {
    NODE_ENV: 'production',
    STOP_DELAY_MS: '0',
    MONGODB_DATABASE: first.database,
    ...variables,
  });
  started.push(service);
  await service.untilReady();
  return service;
}

const linesOf = ({ lines }: ServiceProcess): readonly Record<string, unknown>[] =>
  lines.map((line) => JSON.parse(line));

describe('the log of a process in production', () => {
  it('is an object a line, to the last line before it stops', async () => {
    const service = await production();
    const { status } = await service.api.put('/performance/log-levels', { level: 'debug', context: 'X' });
    expect(status).toBe(200);
    expect(await service.stop()).toEqual({ code: 0, signal: null });
    const lines = linesOf(service);
    expect(lines.map(({ context, msg }) => `${context}: ${msg}`)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^Service: listening on http/),
        'LogLevels: level of X set to debug for 900 s',
        'Service: SIGTERM: stopping',
      ]),
    );
    for (const line of lines) {
      expect(line).toMatchObject({
        level: expect.stringMatching(/^(?:info|warn)$/),
        time: expect.stringMatching(/Z$/),
      });
    }
  });

  it('has all lines of a process that is ended at once', async () => {
    const service = await production({ STOP_DELAY_MS: '60000' });
    service.signal('SIGTERM');
    await service.untilLine(/SIGTERM: stopping/);
    // The line about it is still being gathered as the process exits: a quarter of a second has not passed.
    await service.api.put('/performance/log-levels', { level: 'warn', context: 'Y' });
    service.signal('SIGINT');
    expect(await service.ended).toEqual({ code: 1, signal: null });
    expect(linesOf(service).map(({ msg }) => msg)).toContain('level of Y set to warn for 900 s');
  });

  it('tells an error with the id of its request and its stack, and nobody’s data', async () => {
    const service = await production();
    const { id } = await new Directory(service.api).organization();
    const mongodb = await MongoClient.connect(String(process.env['TEST_MONGODB_URI']));
    // A record that no service has written: its version is no number that could be raised.
    const broken = { $set: { version: 'anna@bright-smile.example' } };
    await mongodb.db(service.database).collection('organizations').updateOne({ slug: /./ }, broken);
    await mongodb.close();
    const { status } = await service.api.request('PATCH', `/organizations/${id}`, {
      body: { name: 'Renamed' },
      headers: { 'x-correlation-id': '907-555-0101' },
    });
    expect(status).toBe(500);
    const line: Record<string, unknown> = JSON.parse(await service.untilLine(/"Problem"/));
    expect(line).toMatchObject({
      ...{ level: 'error', context: 'Problem', correlationId: '907-555-0101' },
      err: { message: expect.any(String), stack: expect.stringContaining('\n    at ') },
    });
    expect(JSON.stringify(line)).not.toContain('anna');
    await service.stop();
  });
});

it('the log of a process in development is text, and holds no more of what is secret', async () => {
  const child = compiled.spawn(testEnvironment({ MONGODB_URI: 'mongodb://user:hunter2@127.0.0.1:1/x' }));
  const said: string[] = [];
  child.stdout?.on('data', (chunk: Buffer) => said.push(chunk.toString()));
  await once(child.stdout ?? child, 'data');
  child.kill('SIGKILL');
  await once(child, 'close');
  expect(said.join('')).toMatch(/WARN: \[Service\] listening on http:\/\/127\.0\.0\.1:\d+ for the probes alone/);
  expect(said.join('')).not.toContain('hunter2');
});

describe('the levels of the log', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startService();
  });
  afterAll(() => service.stop());

  const path = '/performance/log-levels';
  const set = (body: object) => service.api.request('PUT', path, { body });

  it('are told with the process that they are of', async () => {
    const { status, body } = await service.api.get(path);
    expect([status, body]).toEqual([
      200,
      {
        process: expect.objectContaining({ pid: process.pid }),
        configured: 'error',
        level: 'error',
        until: null,
        contexts: [],
      },
    ]);
  });

  it('change for a quarter of an hour, unless somebody says how long', async () => {
    const before = Date.now();
    const { body } = await set({ level: 'warn', context: 'Problem' });
    const [first] = body['contexts'] as { until: string }[];
    expect(body).toMatchObject({ level: 'error', contexts: [{ context: 'Problem', level: 'warn' }] });
    const holdsMs = Date.parse(first?.until ?? '') - before;
    expect(holdsMs).toBeGreaterThanOrEqual(900_000);
    expect(holdsMs).toBeLessThan(960_000);
    expect((await set({ level: 'warn', context: 'Problem', forSeconds: null })).body['contexts']).toEqual([
      { context: 'Problem', level: 'warn', until: null },
    ]);
    expect((await set({ level: null, context: 'Problem' })).body).toMatchObject({ level: 'error', contexts: [] });
  });

  it.each([
    [{}, '/level'],
    [{ level: 'loud' }, '/level'],
    [{ level: 'debug', forSeconds: 86_401 }, '/forSeconds'],
    [{ level: 'debug', forSeconds: 0 }, '/forSeconds'],
    [{ level: 'debug', context: 'a b' }, '/context'],
    [{ level: 'debug', contexts: ['Problem'] }, '/contexts'],
  ])('%j is refused, and changes nothing', async (body, pointer) => {
    const answer = await set(body);
    expect([answer.status, answer.body['errors']]).toEqual([400, [expect.objectContaining({ pointer })]]);
    expect((await service.api.get(path)).body).toMatchObject({ level: 'error', contexts: [] });
  });

  it('of their own are had by fifty contexts at most', async () => {
    for (let at = 0; at < 50; at += 1) await set({ level: 'error', context: `c${at}` });
    expect((await set({ level: 'error', context: 'c50' })).status).toBe(400);
    expect((await set({ level: 'warn', context: 'c49' })).status).toBe(200);
    for (let at = 0; at < 50; at += 1) await set({ level: null, context: `c${at}` });
    expect((await service.api.get(path)).body['contexts']).toEqual([]);
  });

  it('are changed by those alone who may', async () => {
    const { id } = await new Directory(service.api).organization();
    const tenant = new ApiClient(`${service.url}/api/v1`, (await makeKey(service, id, 'admin')).key);
    const answers = await Promise.all([tenant.get(path), tenant.request('PUT', path, { body: { level: 'debug' } })]);
    expect(answers.map(({ status }) => status)).toEqual([403, 403]);
  });
});
