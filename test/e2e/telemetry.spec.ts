import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiClient } from '../support/api-client.js';
import { Collector, Receiver, SERVER } from '../support/collector.js';
import { addressOf, CompiledService, testEnvironment } from '../support/processes.js';
import { reportedIn } from '../support/reported-events.js';
import { PLATFORM_KEY } from '../support/service.js';

let compiled: CompiledService;
beforeAll(() => {
  compiled = new CompiledService();
});
afterAll(() => compiled.remove());

/** Says which packages of telemetry a process loads, and dies of an error when it is told to. */
const WATCHED = `data:text/javascript,${encodeURIComponent(`
import { registerHooks } from 'node:module';
registerHooks({ load(url, context, next) {
  const name = /node_modules\\/(@opentelemetry\\/(?!api\\/)[^/]+|@sentry\\/[^/]+)/.exec(url)?.[1];
  if (name !== undefined) console.error('loaded ' + name);
  return next(url, context);
} });
process.on('message', (error) => {
  if (typeof error === 'string') Promise.reject(new Error(error));
});
`)}`;

interface Run {
  readonly child: ChildProcess;
  readonly api: ApiClient;
  readonly errors: Promise<string>;
}

async function run(variables: Readonly<Record<string, string>>): Promise<Run> {
  const child = compiled.spawn(testEnvironment(variables), ['--import', WATCHED]);
  if (child.stderr === null) throw new Error('The process has no errors');
  const errors = text(child.stderr);
  return { child, errors, api: new ApiClient(`${await addressOf(child)}/api/v1`, PLATFORM_KEY) };
}

/** How the process ends when it is asked to, and how long that takes. */
async function stopped({ child }: Run): Promise<{ readonly code: unknown; readonly ms: number }> {
  const begun = performance.now();
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const [code] = await ended;
  return { code, ms: performance.now() - begun };
}

const loadedBy = async ({ errors }: Run): Promise<readonly string[]> => [
  ...new Set([...(await errors).matchAll(/^loaded (.*)$/gm)].map(([, name = '']) => name)),
];

describe('a process that tells nobody of itself', () => {
  it('loads nothing of what would', async () => {
    const quiet = await run({});
    expect((await quiet.api.get('/clinics')).status).toBe(200);
    expect((await stopped(quiet)).code).toBe(0);
    expect(await loadedBy(quiet)).toEqual([]);
  });
});

describe('a process that is asked to stop', () => {
  it('first sends the traces and reports that it has', async () => {
    const collector = await Collector.start();
    const { host } = collector.receiver;
    const telling = await run({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, SENTRY_DSN: `http://key@${host}/1` });
    await telling.api.get('/clinics');
    expect((await stopped(telling)).code).toBe(0);
    expect(collector.spans.some(({ kind, name }) => kind === SERVER && name === 'GET /api/v1/clinics')).toBe(true);
    expect(await loadedBy(telling)).toEqual(expect.arrayContaining(['@opentelemetry/sdk-trace', '@sentry/core']));
    await collector.stop();
  });

  it.each<[string, () => Promise<Receiver>]>([
    ['hangs', () => Receiver.start(() => undefined)],
    ['refuses', () => Receiver.start((_, response) => void response.writeHead(503).end())],
    ['cuts off', () => Receiver.start((request) => void request.socket.destroy())],
  ])('is held up by no collector for more than two seconds, nor is a request: one that %s', async (_, start) => {
    const collector = await start();
    const hung = await run({
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://${collector.host}`,
      SENTRY_DSN: `http://key@${collector.host}/1`,
      STOP_TIMEOUT_MS: '5000',
    });
    await hung.api.get('/clinics?limit=1');
    await collector.until(() => collector.bodies.at(0));
    const begun = performance.now();
    for (let at = 2; at < 50; at += 1) expect((await hung.api.get(`/clinics?limit=${at}`)).status).toBe(200);
    expect(performance.now() - begun).toBeLessThan(5_000);
    const { code, ms } = await stopped(hung);
    expect(code).toBe(0);
    expect(ms).toBeLessThan(4_000);
    await collector.stop();
  });
});

describe('an error that nobody has caught', () => {
  it('is reported before the process ends by it', async () => {
    const ingest = await Receiver.start();
    const doomed = await run({ SENTRY_DSN: `http://key@${ingest.host}/1` });
    const ended = once(doomed.child, 'exit');
    doomed.child.send('the last of it, said ana@example.com');
    expect(await ended).toEqual([1, null]);
    const [event] = reportedIn(ingest.bodies);
    expect(event).toMatchObject({
      level: 'fatal',
      exception: { values: [{ type: 'Error', value: expect.stringContaining('the last of it') }] },
    });
    expect(ingest.bodies.join()).not.toContain('ana@example.com');
    await ingest.stop();
  });

  it('ends the process at once where no errors are reported', async () => {
    const doomed = await run({});
    const ended = once(doomed.child, 'exit');
    doomed.child.send('the last of it');
    expect(await ended).toEqual([1, null]);
    expect(await doomed.errors).toContain('the last of it');
  });
});
