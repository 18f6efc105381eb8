import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fastify } from 'fastify';
import { parseConfiguration } from '../../config/configuration.js';
import { ClientGone, type Deadline } from '../resilience/deadline.js';
import { RequestDeadlines } from './request-deadline.js';

const deadlines = new RequestDeadlines(
  parseConfiguration({
    MONGODB_URI: 'mongodb://h',
    REDIS_URL: 'redis://h',
    DEADLINE_MS: '30000',
    DEADLINE_SEARCH_MS: '5000',
    DEADLINE_REPORT_MS: '120000',
  }),
);

let server: ReturnType<typeof make>;
/** Of the requests that came, in their order. */
let opened: Deadline[];
let answer: PromiseWithResolvers<string>;

/** Routes of each class, answered when the test says so. */
function make() {
  const app = fastify();
  app.decorateRequest('deadline', null);
  for (const deadline of [undefined, 'standard', 'search', 'report'] as const) {
    app.get(`/${deadline}`, { config: deadline === undefined ? {} : { deadline } }, (request, reply) => {
      opened.push(deadlines.of(request, reply));
      return answer.promise;
    });
  }
  return app;
}

beforeEach(() => {
  opened = [];
  answer = Promise.withResolvers();
  server = make();
});
afterEach(async () => {
  for (const deadline of opened) deadline.end();
  await server.close();
});

async function deadlineOf(url: string, headers: Record<string, string> = {}): Promise<Deadline | undefined> {
  answer.resolve('done');
  await server.inject({ url, headers });
  return opened.at(-1);
}
const leftFor = async (url: string, headers: Record<string, string> = {}): Promise<number> =>
  (await deadlineOf(url, headers))?.leftMs ?? 0;

/** So long at most, less the little that has passed. */
const expectAbout = (leftMs: number, ms: number) => expect([leftMs > ms - 1_000, leftMs <= ms]).toEqual([true, true]);

describe('a request may take', () => {
  it.each([
    ['half a minute', '/undefined', 30_000],
    ['5 s where it searches', '/undefined?search=smile', 5_000],
    ['what its route says, even where it searches', '/standard?search=smile', 30_000],
    ['5 s where its route is a search', '/search', 5_000],
    ['two minutes where its route is a report', '/report', 120_000],
  ])('%s', async (_, url, ms) => {
    expectAbout(await leftFor(url), ms);
  });

  it('less if its client says so, and what is shared of it still all', async () => {
    const deadline = await deadlineOf('/standard', { 'x-request-timeout': '2000' });
    expectAbout(deadline?.leftMs ?? 0, 2_000);
    expect(deadline?.allowedMs).toBe(30_000);
  });

  it('no more if its client says so', async () => {
    expectAbout(await leftFor('/search', { 'x-request-timeout': '9999999' }), 5_000);
  });
});

it.each(['', '0', '-5', '1.5', '1e3', '5s', '10000000', ' 5 5', '0x10', 'Infinity', '１００'])(
  'a time of %j is refused, with the name of the header',
  async (value) => {
    const app = fastify();
    app.decorateRequest('deadline', null);
    app.get('/', (request, reply) => {
      request.headers['x-request-timeout'] = value;
      deadlines.of(request, reply);
      return 'done';
    });
    const problems: unknown[] = [];
    app.setErrorHandler((error, _request, reply) => {
      problems.push(error);
      return reply.status(400).send();
    });
    await app.inject('/');
    await app.close();
    expect(problems).toEqual([
      expect.objectContaining({
        kind: 'validation-failed',
        details: { errors: [expect.objectContaining({ parameter: 'X-Request-Timeout' })] },
      }),
    ]);
  },
);

it('a request has one deadline, whoever asks for it', async () => {
  const app = fastify();
  app.decorateRequest('deadline', null);
  const seen = new Set<Deadline>();
  app.get('/', (request, reply) => {
    for (let n = 0; n < 3; n += 1) seen.add(deadlines.of(request, reply));
    return 'done';
  });
  await app.inject('/');
  await app.close();
  expect(seen.size).toBe(1);
});

it('the time counts from when the request came, not from when somebody asks', async () => {
  const app = fastify();
  app.decorateRequest('deadline', null);
  app.addHook('onRequest', async () => new Promise((resolve) => setTimeout(resolve, 120)));
  // Fastify takes the time where somebody listens for the end, as Nest does.
  app.addHook('onResponse', async () => undefined);
  let left = 0;
  app.get('/', (request, reply) => {
    left = deadlines.of(request, reply).leftMs;
    return 'done';
  });
  await app.inject({ url: '/', headers: { 'x-request-timeout': '5000' } });
  await app.close();
  expect(left).toBeLessThan(4_900);
});

describe('when the connection closes', () => {
  const port = (): number => Number(new URL(server.listeningOrigin).port);

  it('before the answer, the deadline ends with the client', async () => {
    await server.listen({ host: '127.0.0.1', port: 0 });
    const client = connect(port(), '127.0.0.1');
    client.write('GET /standard HTTP/1.1\r\nhost: test\r\n\r\n');
    await once(server.server, 'request');
    await new Promise((resolve) => setImmediate(resolve));
    const aborted = once(opened[0]?.signal ?? new EventTarget(), 'abort');
    client.destroy();
    await aborted;
    expect(opened[0]?.signal.reason).toBeInstanceOf(ClientGone);
    answer.resolve('too late');
  });

  it('after the answer, nothing is aborted', async () => {
    await server.listen({ host: '127.0.0.1', port: 0 });
    answer.resolve('done');
    await (await fetch(`${server.listeningOrigin}/standard`)).text();
    await server.close();
    expect(opened[0]?.signal.aborted).toBe(false);
  });
});
