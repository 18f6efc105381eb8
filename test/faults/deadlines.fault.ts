import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Db } from 'mongodb';
import { ApiClient } from '../support/api-client.js';
import { Directory } from '../support/directory.js';
import { PLATFORM_KEY } from '../support/service.js';
import { untilAnswer } from '../support/until.js';
import { House } from './support/house.js';
import { reported } from './support/report.js';

const STANDARD_MS = 1_500;
const SEARCH_MS = 700;
const REPORT_MS = 2_500;
/** How much later than its deadline an answer may be. */
const LATE_MS = 100;

let house: House;
let directory: Directory;
let organizationId: string;
beforeAll(async () => {
  house = await House.build({
    DEADLINE_MS: String(STANDARD_MS),
    DEADLINE_SEARCH_MS: String(SEARCH_MS),
    DEADLINE_REPORT_MS: String(REPORT_MS),
  });
  directory = new Directory(house.service.api);
  organizationId = (await directory.organization()).id;
}, 120_000);
afterAll(() => house?.tearDown());
afterEach(async () => {
  house.recover();
  await house.service.untilReady();
  await untilIdle();
});

/** An answer, and how long it took. */
interface Timed {
  readonly status: number;
  readonly type: unknown;
  readonly tookMs: number;
}

interface Asked {
  readonly api?: ApiClient;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

async function timed(route: string, { api = house.service.api, body, headers = {} }: Asked = {}): Promise<Timed> {
  const [method = '', path = ''] = route.split(' ');
  const begun = performance.now();
  const answer = await api.request(method, path, { headers, ...(body === undefined ? {} : { body }) });
  return { status: answer.status, type: answer.body['type'], tookMs: performance.now() - begun };
}

const EXCEEDED = '/api/v1/problems/deadline-exceeded';
const within = (ms: number) => ({ 'x-request-timeout': String(ms) });

/** What the process is doing at the database. */
async function atDatabase() {
  const { body } = await house.service.api.get<Report>('/performance/circuit-breakers');
  const [mongodb] = body.breakers;
  return { running: body.database.running, waiting: body.database.waiting, inFlight: mongodb?.inFlight };
}

interface Report {
  readonly breakers: readonly { readonly inFlight: number }[];
  readonly database: { readonly running: number; readonly waiting: number };
}

const untilIdle = () =>
  untilAnswer(atDatabase, ({ running, waiting, inFlight }) => running === 0 && waiting === 0 && inFlight === 0, 5_000);

/** Everything that has to ask the database, of records that nobody has asked for before. */
async function routes(): Promise<readonly (readonly [route: string, asked?: Asked])[]> {
  const { api } = house.service;
  const clinic = await directory.clinic(organizationId);
  const provider = await directory.provider(organizationId);
  const assignment = await directory.assignment(provider.id, clinic.id);
  const { body: made } = await api.post('/auth/keys', { name: 'Fresh', role: 'viewer', organizationId });
  const unused = new ApiClient(`${house.service.url}/api/v1`, String(made['key']));
  const grant = { grant_type: 'client_credentials', client_id: made['id'], client_secret: made['key'] };
  const owned = `organizationId=${organizationId}`;
  const code = randomUUID().slice(0, 8).toUpperCase();
  return [
    [`GET /organizations/${organizationId}`, { headers: { 'cache-control': 'no-cache' } }],
    [`GET /organizations/${organizationId}/summary`],
    [`GET /clinics/${clinic.id}`],
    [`GET /clinics/${clinic.id}?fields=name`],
    [`HEAD /providers/${provider.id}`],
    [`GET /clinics?${owned}&limit=7`],
    [`GET /clinics?${owned}&limit=7&count=exact`],
    [`GET /clinics?${owned}&search=clinic`],
    [`GET /assignments/${assignment.id}`],
    [`GET /assignments/provider/${provider.id}/clinics`],
    [`GET /assignments/clinic/${clinic.id}/staff`],
    ['GET /audit?limit=7'],
    [`GET /auth/keys/${made['id']}`],
    ['GET /clinics', { api: unused }],
    ['POST /clinics', { api: unused, body: {} }],
    ['POST /auth/token', { body: grant }],
    ['POST /clinics', { body: { organizationId, name: 'Late', code } }],
    [`PATCH /clinics/${clinic.id}`, { body: { name: 'Late' } }],
    [`DELETE /assignments/${assignment.id}`],
  ];
}

describe.each([
  ['does not answer', () => house.toMongodb.silence()],
  // No ping is missed yet.
  ['takes a second to answer', () => house.toMongodb.suffer({ toClient: { latencyMs: 1_000 } })],
])('while MongoDB %s', (what, strike) => {
  it(
    'every route answers within X-Request-Timeout, whoever asks',
    reported(
      { fault: `MongoDB ${what}, clients in a hurry`, bound: `504 within X-Request-Timeout (300 ms) + ${LATE_MS} ms` },
      async (saw) => {
        const all = await routes();
        // A client's own connections take their time as well.
        await Promise.all(all.map(() => atDatabase()));
        strike();
        // What else the machine does may hold up one answer, but not each time the same route's.
        const lateMs = new Map<string, number>();
        for (let round = 0; round < 3; round += 1) {
          await Promise.all(
            all.map(async ([route, asked]) => {
              const { status, type, tookMs } = await timed(route, {
                ...asked,
                headers: { ...asked?.headers, ...within(300) },
              });
              expect([route, status, type]).toEqual([route, 504, route.startsWith('HEAD') ? undefined : EXCEEDED]);
              lateMs.set(route, Math.min(tookMs - 300, lateMs.get(route) ?? Number.POSITIVE_INFINITY));
            }),
          );
        }
        saw({ besides: `${all.length} routes, ${Math.ceil(Math.max(...lateMs.values()))} ms late at most` });
        expect([...lateMs].filter(([, ms]) => ms > LATE_MS || ms < -20)).toEqual([]);
      },
    ),
    15_000,
  );
});

describe('the time of a request', () => {
  it(
    'is that of its class, also for a client that wants more',
    reported(
      {
        fault: 'MongoDB does not answer, clients without hurry',
        bound: `504 within the deadline of the class + ${LATE_MS} ms`,
      },
      async (saw) => {
        const { id } = await directory.clinic(organizationId);
        house.toMongodb.silence();
        const patient = { headers: within(9_999_999) };
        const classes = [
          [`GET /clinics/${id}`, STANDARD_MS, {}],
          [`GET /clinics?organizationId=${organizationId}&search=late`, SEARCH_MS, {}],
          [`GET /organizations/${organizationId}/summary`, REPORT_MS, {}],
          [`PATCH /clinics/${id}`, STANDARD_MS, { body: { name: 'Late' } }],
          [`GET /clinics/${id}?fields=name`, STANDARD_MS, patient],
          [`GET /clinics?organizationId=${organizationId}&search=later`, SEARCH_MS, patient],
          [`GET /organizations/${organizationId}/summary`, REPORT_MS, patient],
        ] as const;
        const late = await Promise.all(
          classes.map(async ([route, ms, asked]) => {
            const { status, type, tookMs } = await timed(route, asked);
            expect([route, status, type]).toEqual([route, 504, EXCEEDED]);
            return tookMs - ms;
          }),
        );
        saw({ besides: `${Math.ceil(Math.max(...late))} ms late at most` });
        expect(Math.max(...late)).toBeLessThan(LATE_MS);
        expect(Math.min(...late)).toBeGreaterThan(-20);
      },
    ),
    15_000,
  );

  it('that cannot be read is a 400, and harms nobody who is not signed in either', async () => {
    for (const time of ['0', '-1', '1.5', '1e3', 'soon', '10000000', '100, 200', ' ']) {
      const headers = { 'x-request-timeout': time, 'cache-control': 'no-cache' };
      const answer = await house.service.api.get('/clinics', {}, headers);
      expect([time, answer.status, answer.body['errors']]).toEqual([
        time,
        400,
        [expect.objectContaining({ parameter: 'X-Request-Timeout' })],
      ]);
      const stranger = { ...headers, authorization: `Bearer ${randomUUID()}` };
      expect((await house.service.api.get('/clinics', {}, stranger)).status).toBe(400);
    }
    expect((await fetch(`${house.service.url}/livez`)).status).toBe(200);
  });
});

describe('a client that goes away', () => {
  /** Sends it and can leave; what the client gets is undefined when it has left. */
  function leaving(path: string) {
    const left = new AbortController();
    const answered = fetch(`${house.service.url}/api/v1${path}`, {
      headers: { authorization: `Bearer ${PLATFORM_KEY}` },
      signal: left.signal,
    }).then(
      ({ status }) => status,
      () => undefined,
    );
    return { answered, leave: () => left.abort() };
  }

  const untilRunning = (count: number) => untilAnswer(atDatabase, ({ running }) => running === count, 1_000);

  it(
    'ends what is done for it, though MongoDB does not answer',
    reported(
      { fault: 'clients leave while MongoDB does not answer', bound: 'nothing runs for them a second later' },
      async (saw) => {
        const { id } = await directory.clinic(organizationId);
        const { id: providerId } = await directory.provider(organizationId);
        const owned = `organizationId=${organizationId}`;
        house.toMongodb.silence();
        const clients = [
          `/clinics/${id}`,
          `/clinics?${owned}&limit=9`,
          `/clinics?${owned}&search=gone`,
          `/organizations/${organizationId}/summary`,
          `/assignments/provider/${providerId}/clinics`,
        ].map(leaving);
        await untilAnswer(atDatabase, ({ running }) => running >= clients.length, 1_000);
        for (const { leave } of clients) leave();
        const { tookMs } = await untilIdle();
        saw({ besides: `nothing ran after ${Math.ceil(tookMs)} ms` });
        expect(await Promise.all(clients.map(({ answered }) => answered))).toEqual(clients.map(() => undefined));
        expect(tookMs).toBeLessThan(1_000);
      },
    ),
    15_000,
  );

  it(
    'does not take the answer from those who wait for the same',
    reported(
      { fault: 'one of three clients leaves, one is in a hurry', bound: 'one query, and the third is answered' },
      async () => {
        const path = `/clinics?organizationId=${organizationId}&limit=11`;
        house.toMongodb.silence();
        const first = leaving(path);
        await untilRunning(1);
        const hurried = timed(`GET ${path}`, { headers: within(300) });
        const patient = timed(`GET ${path}`);
        await sleep(50);
        first.leave();
        expect(await hurried).toMatchObject({ status: 504, type: EXCEEDED });
        expect(await first.answered).toBeUndefined();
        expect(await atDatabase()).toMatchObject({ running: 1, inFlight: 1 });
        house.recover();
        expect((await patient).status).toBe(200);
      },
    ),
    15_000,
  );

  it('whom all the others have left as well leaves nothing behind', async () => {
    const path = `/clinics?organizationId=${organizationId}&limit=12`;
    house.toMongodb.silence();
    const clients = [leaving(path), leaving(path), leaving(path)];
    await untilRunning(1);
    await sleep(50);
    for (const { leave } of clients) leave();
    expect((await untilIdle()).tookMs).toBeLessThan(1_000);
  });
});

describe('a write whose time is over', () => {
  const MOMENTS = 32;

  const inDatabase = <T>(look: (db: Db) => Promise<T>): Promise<T> =>
    house.mongodb.with((client) => look(client.db(house.database)));

  const isThere = async (slug: string) =>
    (await inDatabase((db) => db.collection('organizations').countDocuments({ slug }))) > 0;

  /** Makes an organization, under a key that is named as it is. */
  const post = (slug: string, ms = STANDARD_MS) =>
    house.service.api.post('/organizations', { name: slug, slug }, { ...within(ms), 'idempotency-key': slug });

  it(
    'before it was committed is not committed later',
    reported(
      { fault: 'MongoDB does not answer until the time of writes is over', bound: '504, and never committed' },
      async () => {
        const { id } = await directory.clinic(organizationId);
        const written = { organizationId, name: 'Never', code: 'NEVER' };
        house.toMongodb.silence();
        const answers = await Promise.all([
          timed(`PATCH /clinics/${id}`, { body: { name: 'Never' }, headers: within(300) }),
          timed('POST /clinics', { body: written, headers: within(300) }),
          timed(`DELETE /clinics/${id}`, { headers: within(300) }),
        ]);
        for (const answer of answers) expect(answer).toMatchObject({ status: 504, type: EXCEEDED });
        house.recover();
        await untilIdle();
        expect(await inDatabase((db) => db.collection('clinics').countDocuments({ name: 'Never' }))).toBe(0);
        const read = await house.service.api.get(`/clinics/${id}`, {}, { 'cache-control': 'no-cache' });
        expect(read.body).toMatchObject({ version: 1, status: 'active' });
      },
    ),
    15_000,
  );

  it(
    'at any moment is made then or never, and sent again with its key it is there once',
    reported(
      {
        fault: 'writes whose time is over at each moment of their transaction',
        bound: '504 or done; none made later; each once when it is repeated',
      },
      async (saw) => {
        // As many connections as it takes, which would be made one after the other later.
        await Promise.all(Array.from({ length: MOMENTS }, () => directory.organization()));
        // What is sent arrives at once: what was to be committed when the time was over is there by then.
        house.toMongodb.suffer({ toClient: { latencyMs: 100 } });
        const late: { readonly at: number; readonly made: boolean }[] = [];
        await Promise.all(
          Array.from({ length: MOMENTS }, async (_, at) => {
            const { status, body } = await post(`moment-${at}`, 30 * (at + 1));
            if (status === 201) return;
            expect([at, status, body['type']]).toEqual([at, 504, EXCEEDED]);
            await sleep(50);
            late.push({ at, made: await isThere(`moment-${at}`) });
          }),
        );
        house.recover();
        await untilIdle();
        const inTheEnd = await Promise.all(late.map(({ at }) => isThere(`moment-${at}`)));
        const made = inTheEnd.filter(Boolean).length;
        saw({ besides: `${late.length} of ${MOMENTS} late, ${made} of them made` });
        expect(late.map((one) => one.made)).toEqual(inTheEnd);
        for (const { at, made } of late) {
          const answer = await post(`moment-${at}`);
          expect([at, answer.status, answer.headers.get('idempotent-replayed')]).toEqual([
            at,
            201,
            made ? 'true' : null,
          ]);
        }
        const slugs = { slug: /^moment-/ };
        expect(await inDatabase((db) => db.collection('organizations').countDocuments(slugs))).toBe(MOMENTS);
      },
    ),
    20_000,
  );

  it(
    'while it is committed is a 504, is there, and sent again with its key it is answered',
    reported(
      {
        fault: 'MongoDB commits a write and does not say so until its time is over',
        bound: '504; repeated with its key it is answered, and there once',
      },
      async () => {
        await directory.organization();
        house.toMongodb.suffer({ toClient: { latencyMs: 100 } });
        const answered = post('committed', STANDARD_MS);
        await untilAnswer(() => isThere('committed'), Boolean, STANDARD_MS);
        house.toMongodb.suffer({ toClient: { stalled: true } });
        const { status, body } = await answered;
        expect([status, body['type']]).toEqual([504, EXCEEDED]);
        house.recover();
        await untilIdle();
        const again = await post('committed');
        expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([201, 'true']);
        const slugs = { slug: 'committed' };
        expect(await inDatabase((db) => db.collection('organizations').countDocuments(slugs))).toBe(1);
      },
    ),
    15_000,
  );
});
