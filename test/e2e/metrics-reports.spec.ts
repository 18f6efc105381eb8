import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { PoolReport } from '../../src/modules/performance/reports/metrics-reports.service.js';
import { Directory } from '../support/directory.js';
import { makeKey } from '../support/principals.js';
import { PLATFORM_KEY, startService, type TestService } from '../support/service.js';
import { untilAnswer } from '../support/until.js';
import { makePractice, type Practice } from './cached-routes.js';
import { type ByRoute, grownDuring, Ledger } from './ledger.js';
import { rawRequest } from './raw-request.js';

const FRESH = { 'cache-control': 'no-cache' } as const;
const MERGE = { 'content-type': 'application/merge-patch+json' } as const;

let service: TestService;
let practice: Practice;
let ledger: Ledger;
beforeAll(async () => {
  service = await startService({ BODY_LIMIT_BYTES: '8192' });
  practice = await makePractice(service.api);
});
afterAll(() => service.stop());
beforeEach(() => {
  ledger = new Ledger(service.url, PLATFORM_KEY);
});
afterEach(() => ledger.close());

const open = async (): Promise<number> =>
  (await service.api.get<PoolReport>('/performance/metrics/pool')).body.http.open;

/** Does what is to be counted; the service has counted what the client has. */
async function agrees(work: () => Promise<unknown>): Promise<ByRoute> {
  const expected = () => Object.values(ledger.counted()).reduce((sum, { count }) => sum + count, 0);
  const grown = await grownDuring(service.api, work, expected);
  expect(grown).toEqual(ledger.counted());
  return grown;
}

describe('the summary has counted what the client has:', () => {
  it('answers of the database, of the hook and of the front door, HEAD and 304, in every coding', async () => {
    const { clinic, organization, provider } = practice;
    const grown = await agrees(async () => {
      for (const [route, path] of [
        ['/api/v1/clinics/{id}', `/clinics/${clinic.id}`],
        ['/api/v1/clinics', `/clinics?organizationId=${organization.id}`],
        ['/api/v1/organizations/{id}/summary', `/organizations/${organization.id}/summary`],
        ['/api/v1/assignments/provider/{id}/clinics', `/assignments/provider/${provider.id}/clinics`],
      ] as const) {
        for (const accept of ['identity', 'gzip', 'br', 'identity']) {
          const headers = { 'accept-encoding': accept };
          const { etag } = await ledger.send('GET', route, path, { headers });
          await ledger.send('HEAD', route, path, { headers });
          for (const method of ['GET', 'HEAD']) {
            await ledger.send(method, route, path, { headers: { ...headers, 'if-none-match': etag } });
          }
          await ledger.send('GET', route, path, { headers: { ...headers, ...FRESH } });
        }
      }
      // What isn't there is known, too.
      const nobody = `/clinics/${'f'.repeat(24)}`;
      for (let at = 0; at < 3; at += 1) await ledger.send('GET', '/api/v1/clinics/{id}', nobody);
    });
    expect(grown['HEAD /api/v1/clinics']).toMatchObject({ bytes: 0, hits: 8, statuses: { 200: 4, 304: 4 } });
    expect(grown['GET /api/v1/clinics/{id}']).toMatchObject({ refused: 3, hits: 9, statuses: { 404: 3 } });
  });

  it('writes, and requests that are refused, wherever that is', async () => {
    const { clinic, organization } = practice;
    const grown = await agrees(async () => {
      const create = (body: string, headers = {}) =>
        ledger.send('POST', '/api/v1/clinics', '/clinics', { body, headers });
      const made = JSON.stringify({ name: 'Counted', code: 'COUNT', organizationId: organization.id });
      for (const body of [made, made, '{"name":', JSON.stringify({ name: 'x'.repeat(9_000) })]) await create(body);
      await create('<a/>', { 'content-type': 'text/xml' });
      const change = (body: string, headers = {}) =>
        ledger.send('PATCH', '/api/v1/clinics/{id}', `/clinics/${clinic.id}`, {
          body,
          headers: { ...MERGE, ...headers },
        });
      await change('{"name":"New"}');
      await change('{}', { 'if-match': '"99"' });
      const list = (path: string, headers = {}) => ledger.send('GET', '/api/v1/clinics', path, { headers });
      await list('/clinics?unheard=of');
      for (const authorization of ['Bearer es_guessed', '']) await list('/clinics', { authorization });
      for (const method of ['DELETE', 'PATCH']) await ledger.send(method, '/api/v1/clinics', '/clinics');
    });
    const statuses = (route: string) => Object.keys(grown[route]?.statuses ?? {});
    expect(statuses('POST /api/v1/clinics')).toEqual(['201', '400', '409', '413', '415']);
    expect(statuses('GET /api/v1/clinics')).toEqual(['400', '401']);
    expect(statuses('DELETE /api/v1/clinics')).toEqual(['405']);
  });

  it('answers that came too late, as errors', async () => {
    const hurried = { headers: { ...FRESH, 'x-request-timeout': '1' } };
    const grown = await agrees(async () => {
      for (let tries = 0; tries < 200; tries += 1) {
        const path = `/clinics?organizationId=${practice.organization.id}&count=exact`;
        if ((await ledger.send('GET', '/api/v1/clinics', path, hurried)).status === 504) return;
      }
    });
    expect(grown['GET /api/v1/clinics']).toMatchObject({ errors: 1, statuses: { 504: 1 } });
  });

  it('paths that no route takes, URLs that cannot be read, and methods that nobody knows', async () => {
    await agrees(async () => {
      for (const path of ['/clinic', '/clinics/a/b/c', '/organizations/x/clinics', '/../x', '/%zz']) {
        for (const method of ['GET', 'HEAD']) await ledger.send(method, 'unmatched', path);
      }
      await ledger.send('GET', 'unmatched', `/clinics/${'x'.repeat(300)}`);
      await ledger.send('POST', 'unmatched', '/nothing', { body: '{}' });
      for (const method of ['PROPFIND', 'LOCK']) await ledger.send(method, 'unmatched', '/nothing', { as: 'OTHER' });
    });
  });

  it('what is no HTTP, between two requests or in the middle of one', async () => {
    const chunked = ['Transfer-Encoding: chunked', 'Content-Type: application/json', '', 'no chunk'];
    const before = await open();
    const grown = await agrees(async () => {
      for (const [line, headers] of [
        ['NONSENSE /api/v1/clinics', []],
        ['GET /a b c', []],
        ['GET /api/v1/clinics', [`X-Large: ${'x'.repeat(20_000)}`]],
        ['POST /api/v1/clinics', [`Authorization: Bearer ${PLATFORM_KEY}`, ...chunked]],
      ] as const) {
        const { status, body } = await rawRequest(service.url, line, headers);
        ledger.note('OTHER unmatched', status, Buffer.byteLength(JSON.stringify(body)));
      }
      // What becomes of a request at the end of its connection has become of it.
      await untilAnswer(open, (now) => now <= before);
    });
    expect(grown['OTHER unmatched']?.statuses).toEqual({ 400: 3, 431: 1 });
  });

  it('bodies that are compressed and streamed', async () => {
    const grown = await agrees(async () => {
      for (const accept of ['gzip', 'identity', 'gzip, br']) {
        const headers = { authorization: '', 'accept-encoding': accept };
        for (const path of ['/api/v1/openapi.json', '/api/v1/problems', '/api/docs/swagger-ui.css']) {
          for (const method of ['GET', 'HEAD']) await ledger.send(method, path, path, { headers });
        }
      }
    });
    expect(grown['GET /api/docs/swagger-ui.css']?.bytes).toBeGreaterThan(100_000);
  });

  it('requests whose clients go away before there is an answer, as 499', async () => {
    const head = ['POST /api/v1/clinics HTTP/1.1', 'Host: h', `Authorization: Bearer ${PLATFORM_KEY}`];
    const body = ['Content-Type: application/json', 'Content-Length: 100', '', '{"name":'];
    await agrees(async () => {
      const { hostname, port } = new URL(service.url);
      const socket = connect(Number(port), hostname);
      await once(socket, 'connect');
      socket.write([...head, ...body].join('\r\n'));
      // What is answered later has come later.
      await ledger.send('GET', '/api/v1/problems', '/problems');
      socket.resetAndDestroy();
      ledger.note('POST /api/v1/clinics', 499, 0);
    });
  });

  it('many at once', async () => {
    const { clinic, organization, provider } = practice;
    const some = async (at: number) => {
      const fresh = { headers: FRESH };
      await ledger.send('GET', '/api/v1/clinics/{id}', `/clinics/${clinic.id}`, at % 2 === 0 ? fresh : {});
      await ledger.send(
        'GET',
        '/api/v1/clinics',
        `/clinics?organizationId=${organization.id}&limit=${1 + (at % 3)}`,
        fresh,
      );
      await ledger.send('GET', '/api/v1/providers/{id}', `/providers/${provider.id}`);
    };
    await agrees(() => Promise.all(Array.from({ length: 60 }, (_, at) => some(at))));
  });
});

it('requests past a limit are counted as refused', async () => {
  const limited = await startService({ RATE_LIMIT_TENANT_PER_MINUTE: '3' });
  try {
    const { id } = await new Directory(limited.api).organization();
    const tenant = new Ledger(limited.url, (await makeKey(limited, id, 'viewer')).key);
    const ask = async () => {
      for (let at = 0; at < 8; at += 1) await tenant.send('GET', '/api/v1/clinics', '/clinics');
    };
    const grown = await grownDuring(limited.api, ask, () => 8);
    tenant.close();
    expect(grown).toEqual(tenant.counted());
    expect(grown['GET /api/v1/clinics']).toMatchObject({ count: 8, refused: 5, statuses: { 429: 5 } });
  } finally {
    await limited.stop();
  }
});
