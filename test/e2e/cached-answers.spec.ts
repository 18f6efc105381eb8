import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ObjectId } from 'mongodb';
import { type MonitoredService, startMonitoredService } from '../support/command-log.js';
import { type BytesAnswer, BytesClient, jsonOf, lastingHeaders } from './bytes-client.js';
import { CACHED_ROUTES, makePractice, type Practice } from './cached-routes.js';

let service: MonitoredService;
let client: BytesClient;
let practice: Practice;
beforeAll(async () => {
  service = await startMonitoredService();
  client = new BytesClient(service);
});
afterAll(() => service.stop());
// So that nothing of it is known.
beforeEach(async () => {
  practice = await makePractice(service.api);
});

/** The answer, and what it cost. */
async function costed(ask: () => ReturnType<BytesClient['get']>) {
  let answer: Awaited<ReturnType<typeof ask>> | undefined;
  const sent = await service.commands.during(async () => {
    answer = await ask();
  });
  if (answer === undefined) throw new Error('There is no answer');
  return { ...answer, cache: answer.headers['x-cache'], commands: sent.map(({ line }) => line) };
}

describe.each(Object.entries(CACHED_ROUTES))('%s', (_, pathOf) => {
  it('comes from the database once, and then without it, to the byte', async () => {
    const first = await client.get(pathOf(practice));
    expect([first.status, first.headers['x-cache']]).toEqual([200, 'MISS']);
    for (let again = 0; again < 2; again += 1) {
      const answer = await costed(() => client.get(pathOf(practice)));
      expect([answer.status, answer.cache, answer.commands]).toEqual([200, 'HIT', []]);
      expect(answer.bytes.equals(first.bytes)).toBe(true);
      expect(lastingHeaders(answer)).toEqual(lastingHeaders(first));
    }
  });

  it('answers HEAD from what GET has left, and GET from what HEAD has left', async () => {
    const path = pathOf(practice);
    const first = await client.head(path);
    const get = await costed(() => client.get(path));
    const head = await costed(() => client.head(path));
    expect([first, get, head].map(({ headers, bytes }) => [headers['x-cache'], bytes.length])).toEqual([
      ['MISS', 0],
      ['HIT', Number(get.headers['content-length'])],
      ['HIT', 0],
    ]);
    expect([...get.commands, ...head.commands]).toEqual([]);
    for (const answer of [first, head]) expect(lastingHeaders(answer)).toEqual(lastingHeaders(get));
  });

  it('is a 304 without a command to whoever has it, in whatever form they say so', async () => {
    const path = pathOf(practice);
    const { etag = '', ...known } = (await client.get(path)).headers;
    const opaque = etag.replace('W/', '');
    const suffixed = `${opaque.slice(0, -1)}-br"`;
    for (const form of [etag, opaque, `W/${opaque}`, '*', `"other", ${etag}`, `W/"x",${opaque},"y"`, suffixed]) {
      for (const ask of [
        () => client.get(path, { 'if-none-match': form }),
        () => client.head(path, { 'if-none-match': form }),
      ]) {
        const answer = await costed(ask);
        expect([form, answer.status, answer.bytes.length, answer.cache]).toEqual([form, 304, 0, 'HIT']);
        expect(answer.commands).toEqual([]);
        const { 'cache-control': control, vary, link } = answer.headers;
        expect({ etag: answer.headers.etag, control, vary, link }).toEqual({
          etag,
          control: known['cache-control'],
          vary: known.vary,
          link: known['link'],
        });
      }
    }
  });

  it('is sent whole to whoever has something else', async () => {
    const path = pathOf(practice);
    const { bytes } = await client.get(path);
    for (const form of ['"other"', 'W/"other"', 'nonsense', '', '"*"', '"other", W/"another"']) {
      const answer = await client.get(path, { 'if-none-match': form });
      expect([form, answer.status, answer.headers['x-cache']]).toEqual([form, 200, 'HIT']);
      expect(answer.bytes.equals(bytes)).toBe(true);
    }
  });

  it.each(['no-cache', 'no-store', 'max-age=0, No-Cache'])(
    'is asked of the database for Cache-Control: %s',
    async (wanted) => {
      const path = pathOf(practice);
      const cold = await costed(() => client.get(path));
      const { etag = '' } = cold.headers;
      await client.get(path);
      const fresh = await costed(() => client.get(path, { 'cache-control': wanted }));
      expect([fresh.status, fresh.cache, fresh.headers.etag]).toEqual([200, 'BYPASS', expect.anything()]);
      expect(fresh.commands.length).toBeGreaterThan(0);
      expect(fresh.commands.toSorted()).toEqual(cold.commands.toSorted());
      const kept = await costed(() => client.get(path, { 'if-none-match': etag }));
      expect([kept.status, kept.cache, kept.commands]).toEqual([304, 'HIT', []]);
    },
  );
});

describe('what is not there', () => {
  it.each([
    '/organizations/ID',
    '/organizations/ID/summary',
    '/clinics/ID',
    '/clinics/ID?fields=name',
    '/providers/ID',
    '/assignments/ID',
  ])('%s is asked of the database once', async (path) => {
    const unknown = path.replace('ID', new ObjectId().toHexString());
    const first = await costed(() => client.get(unknown));
    expect([first.status, first.cache, first.commands.length]).toEqual([404, 'MISS', 1]);
    for (const method of ['head', 'get'] as const) {
      const again = await costed(() => client[method](unknown));
      expect([again.status, again.cache, again.commands]).toEqual([404, 'HIT', []]);
      expect(lastingHeaders(again)).toEqual(lastingHeaders(first));
      if (method === 'get') expect(problemOf(again)).toEqual(problemOf(first));
    }
  });

  it.each(['provider/ID/clinics', 'clinic/ID/staff'])('/assignments/%s costs nothing again', async (path) => {
    const unknown = `/assignments/${path.replace('ID', new ObjectId().toHexString())}`;
    const first = await costed(() => client.get(unknown));
    expect([first.status, first.commands.length]).toEqual([404, 2]);
    const again = await costed(() => client.get(unknown));
    expect([again.status, again.commands]).toEqual([404, []]);
    expect(problemOf(again)).toEqual(problemOf(first));
  });

  const problemOf = (answer: BytesAnswer) => ({ ...Object(jsonOf(answer)), correlationId: 'of each request' });
});

it('mistakes are not remembered', async () => {
  for (const path of ['/clinics?limit=0', '/clinics/nobody', '/clinics?sort=id', '/clinics?unknown=1']) {
    for (let again = 0; again < 2; again += 1) {
      const { status, headers } = await client.get(path);
      expect([path, status, headers['x-cache']]).toEqual([path, 400, undefined]);
    }
  }
});

it('a page that revalidates with fetch, which then asks for no cache by itself, is answered from the cache', async () => {
  const path = `/clinics/${practice.clinic.id}`;
  await service.api.get(path);
  const { status, headers } = await service.api.get(path, {}, { 'if-none-match': `"${practice.clinic.version}"` });
  expect([status, headers.get('x-cache')]).toEqual([304, 'HIT']);
});

it('the pages of an unknown clinic are not there, and that is not kept', async () => {
  const path = '/assignments/clinic/0123456789abcdef01234567/staff';
  for (let time = 0; time < 2; time += 1) {
    const { status, headers } = await client.get(path);
    expect([status, headers['x-cache']]).toEqual([404, 'MISS']);
  }
});

it('the document of the API has an entity tag for each of its codings', async () => {
  const tags = ['identity', 'gzip', 'br'].map(async (coding) => {
    const { headers } = await client.get('/openapi.json', { 'accept-encoding': coding });
    expect([headers['content-encoding'] ?? 'identity', headers.vary]).toEqual([
      coding,
      'Authorization, Accept-Encoding, X-API-Key',
    ]);
    return headers.etag;
  });
  // Weak, so that it is of the content whatever the coding.
  expect(new Set(await Promise.all(tags)).size).toBe(1);
});
