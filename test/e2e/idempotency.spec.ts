import { randomInt, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Binary } from 'mongodb';
import { type Answer, ApiClient } from '../support/api-client.js';
import { startMonitoredService } from '../support/command-log.js';
import { Directory } from '../support/directory.js';
import { clientOf, makeKey } from '../support/principals.js';
import { addressOf, CompiledService, testEnvironment } from '../support/processes.js';
import { PLATFORM_KEY, startService, type TestService } from '../support/service.js';
import { TemporaryFolder } from '../support/temporary-folder.js';
import { untilAnswer } from '../support/until.js';
import { expectProblem, named } from './problem-shape.js';

const DAY_MS = 24 * 3_600_000;

let service: TestService;
let second: TestService;
let directory: Directory;
beforeAll(async () => {
  service = await startService();
  second = await startService({ MONGODB_DATABASE: service.db.databaseName });
  directory = new Directory(service.api);
});
afterAll(async () => {
  await second.stop();
  await service.stop();
});

/** An answer with its body as it came. */
type Told = Answer<string>;

/** Sends a POST under a key; the answer's body stays text. */
async function post(
  path: string,
  body: unknown,
  key: string,
  { to = service, as = PLATFORM_KEY }: { readonly to?: Pick<TestService, 'url'>; readonly as?: string } = {},
): Promise<Told> {
  const response = await fetch(`${to.url}/api/v1${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${as}`,
      'idempotency-key': key,
      'accept-encoding': 'identity',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, headers: response.headers, body: await response.text() };
}

const parsed = (answer: Told): Answer => ({ ...answer, body: JSON.parse(answer.body) });
const idOf = (answer: Told): string => String(parsed(answer).body['id']);
const isReplay = ({ headers }: Told): boolean => headers.get('idempotent-replayed') === 'true';

/** All that a client is told, but for what is about the one request. */
function told({ status, headers, body }: Told) {
  const ofRequest = ['date', 'x-correlation-id', 'x-response-time', 'idempotent-replayed', 'connection', 'keep-alive'];
  return { status, headers: [...headers].filter(([name]) => !ofRequest.includes(name)), body };
}

const STORED = ['organizations', 'clinics', 'providers', 'provider_clinic_assignments', 'api_keys', 'signing_keys'];

const all = (collection: string) => service.db.collection(collection).find().sort({ _id: 1 }).toArray();

/** Everything that is stored, and what is kept of requests. */
const everything = async () =>
  JSON.stringify(await Promise.all([...STORED, 'audit_entries', 'idempotency_keys'].map(all)));

const counts = async (): Promise<Record<string, number>> =>
  Object.fromEntries(
    await Promise.all(
      [...STORED, 'audit_entries', 'idempotency_keys'].map(
        async (name) => [name, await service.db.collection(name).countDocuments()] as const,
      ),
    ),
  );

/** What a POST is sent to, with what, and how many records it makes or changes. */
interface Post {
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
  readonly makes: string;
  /** Each write has an entry: a rotated key is two. */
  readonly entries: number;
}

let made = 0;
const POSTS = {
  'POST /organizations': async () => {
    made += 1;
    const contact = { name: 'Zoë Nguyen', email: 'zoe@example.com' };
    const body = { name: 'Keyed Group', slug: `keyed-group-${made}`, contact };
    return { path: '/organizations', body, makes: 'organizations', entries: 1 };
  },
  'POST /clinics': async () => ({
    path: '/clinics',
    body: {
      organizationId: (await directory.organization()).id,
      name: 'Port Lions',
      code: 'K-1',
      address: { city: 'Port Lions', latitude: 57.86, longitude: -152 },
      openingHours: { monday: [{ from: '08:00', to: '12:00' }], friday: [] },
    },
    makes: 'clinics',
    entries: 1,
  }),
  'POST /providers': async () => ({
    path: '/providers',
    body: { organizationId: (await directory.organization()).id, firstName: 'Zoë', lastName: 'Nguyen' },
    makes: 'providers',
    entries: 1,
  }),
  'POST /assignments': async () => {
    const { id } = await directory.organization();
    const [provider, clinic] = [await directory.provider(id), await directory.clinic(id)];
    const body = { providerId: provider.id, clinicId: clinic.id, role: 'dentist' };
    return { path: '/assignments', body, makes: 'provider_clinic_assignments', entries: 1 };
  },
  'POST /auth/keys': async () => ({
    path: '/auth/keys',
    body: { organizationId: (await directory.organization()).id, name: 'front desk', role: 'viewer' },
    makes: 'api_keys',
    entries: 1,
  }),
  'POST /auth/keys/:id/rotate': async () => {
    const { id } = await makeKey(service, (await directory.organization()).id, 'editor');
    return { path: `/auth/keys/${id}/rotate`, body: { overlapSeconds: 60 }, makes: 'api_keys', entries: 2 };
  },
  'POST /auth/signing-keys/rotate': async () => ({
    path: '/auth/signing-keys/rotate',
    makes: 'signing_keys',
    entries: 1,
  }),
} satisfies Record<string, () => Promise<Post>>;

const routes = Object.entries<() => Promise<Post>>(POSTS);
const prepared = (route: keyof typeof POSTS): Promise<Post> => POSTS[route]();

describe('a POST that is sent again under its key', () => {
  it.each(routes)('%s gets the same answer, byte for byte, and does nothing more', async (_, prepare) => {
    const { path, body, makes, entries } = await prepare();
    const before = await counts();
    const key = randomUUID();
    const first = await post(path, body, key);
    expect([first.status, isReplay(first)]).toEqual([201, false]);
    const after = await counts();
    expect(after).toEqual({
      ...before,
      [makes]: Number(before[makes]) + 1,
      audit_entries: Number(before['audit_entries']) + entries,
      idempotency_keys: Number(before['idempotency_keys']) + 1,
    });
    const stored = await everything();
    for (const to of [service, second, service]) {
      const again = await post(path, body, key, { to });
      expect(isReplay(again)).toBe(true);
      expect(told(again)).toEqual(told(first));
    }
    expect(await everything()).toBe(stored);
  });

  it('has the Location and the ETag of the record that it has made, though others have changed it since', async () => {
    const { path, body } = await prepared('POST /clinics');
    const first = await post(path, body, 'changed-since');
    await service.api.patch(`/clinics/${idOf(first)}`, { name: 'Renamed' });
    const again = await post(path, body, 'changed-since');
    expect([again.headers.get('location'), again.headers.get('etag')]).toEqual([
      `/api/v1/clinics/${idOf(first)}`,
      '"1"',
    ]);
    expect(told(again)).toEqual(told(first));
  });

  it('is the same whether the key comes quoted or not, and not for a key that only looks alike', async () => {
    const { path, body } = await prepared('POST /organizations');
    const first = await post(path, body, '"a\\"b"');
    expect(told(await post(path, body, 'a"b'))).toEqual(told(first));
    expectProblem(parsed(await post(path, body, 'A"b')), 'conflict');
  });

  it('gets the new API key itself once more, when its expiry has passed too', async () => {
    const expiresAt = new Date(Date.now() + 1_000).toISOString();
    const { path, body } = await prepared('POST /auth/keys');
    const send = () => post(path, { ...body, expiresAt }, 'soon-over');
    const first = await send();
    expect(parsed(first).body['key']).toMatch(/^es_/);
    await untilAnswer(send, () => Date.now() > Date.parse(expiresAt));
    expect(told(await send())).toEqual(told(first));
  });

  it('leaves what is cached as it is: nothing is void, and nothing is stale', async () => {
    const { path, body } = await prepared('POST /clinics');
    const list = () => service.api.page('/clinics', { organizationId: String(body?.['organizationId']) });
    const first = await post(path, body, 'beside-a-list');
    const known = await list();
    expect([(await list()).headers.get('x-cache'), known.body.data.length]).toEqual(['HIT', 1]);
    expect(isReplay(await post(path, body, 'beside-a-list'))).toBe(true);
    const [then, elsewhere] = [
      await list(),
      await second.api.page('/clinics', { organizationId: String(body?.['organizationId']) }),
    ];
    expect([then.headers.get('x-cache'), then.headers.get('etag')]).toEqual(['HIT', known.headers.get('etag')]);
    expect([then.body, elsewhere.body]).toEqual([known.body, known.body]);
    expect(then.body.data[0]?.['id']).toBe(idOf(first));
  });
});

describe('a key', () => {
  it.each(routes)('of %s is not for another body, nor for another URL', async (route, prepare) => {
    const { path, body } = await prepare();
    const key = randomUUID();
    await post(path, body, key);
    const stored = await everything();
    const rotation = route === 'POST /auth/keys/:id/rotate';
    const others = [
      [path, rotation ? { overlapSeconds: 61 } : { ...body, name: 'Other', lastName: 'Other', role: 'other' }],
      ...routes.filter(([name]) => name !== route).map(() => ['/auth/signing-keys/rotate', { another: true }] as const),
    ] as const;
    for (const [url, other] of others) {
      const answer = parsed(await post(url, other, key));
      // What can't be read as a body of the route isn't done either.
      if (answer.status !== 400) {
        expectProblem(answer, 'idempotency-key-reused');
        expect(named(answer)).toEqual(['Idempotency-Key']);
      }
      expect(answer.headers.get('idempotent-replayed')).toBeNull();
    }
    expect(await everything()).toBe(stored);
    expect(isReplay(await post(path, body, key))).toBe(true);
  });

  it('of one tenant is another one for another tenant, and for the platform', async () => {
    const tenants = [await directory.organization(), await directory.organization()];
    const keys = await Promise.all(tenants.map(({ id }) => makeKey(service, id, 'editor')));
    const body = { name: 'Port Lions', code: 'SAME' };
    const [mine, theirs] = await Promise.all(keys.map(({ key }) => post('/clinics', body, 'shared', { as: key })));
    const platform = await post('/clinics', { ...body, organizationId: (await directory.organization()).id }, 'shared');
    const answers = [mine, theirs, platform].map((answer) => answer as Told);
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(new Set(answers.map(idOf)).size).toBe(3);
    expect(answers.some(isReplay)).toBe(false);
    expect(isReplay(await post('/clinics', body, 'shared', { as: String(keys[0]?.key) }))).toBe(true);
  });

  it('holds for 24 hours, after which MongoDB removes what was kept', async () => {
    const { path, body } = await prepared('POST /providers');
    await service.db.collection('idempotency_keys').deleteMany({});
    const sentMs = Date.now();
    await post(path, body, randomUUID());
    const [kept] = await all('idempotency_keys');
    expect(Object.keys(kept ?? {}).toSorted()).toEqual(['_id', 'expiresAt', 'fingerprint', 'sealed']);
    expect(Number(kept?.['expiresAt'])).toBeGreaterThanOrEqual(sentMs + DAY_MS);
    expect(Number(kept?.['expiresAt'])).toBeLessThanOrEqual(Date.now() + DAY_MS);
    const indexes = await service.db.collection('idempotency_keys').listIndexes().toArray();
    expect(indexes).toContainEqual(expect.objectContaining({ key: { expiresAt: 1 }, expireAfterSeconds: 0 }));
  });

  it('is free again when its time is over, though MongoDB has not come to remove it', async () => {
    const { path, body } = await prepared('POST /providers');
    // Whatever else were over, MongoDB would come to remove while a later test counts.
    await service.db.collection('idempotency_keys').deleteMany({});
    const [first] = [await post(path, body, 'over'), await service.db.collection('idempotency_keys').countDocuments()];
    await service.db.collection('idempotency_keys').updateMany({}, { $set: { expiresAt: new Date(Date.now() - 1) } });
    const { idempotency_keys: before } = await counts();
    const anew = await post(path, { ...body, firstName: 'Other' }, 'over');
    expect([anew.status, isReplay(anew), idOf(anew) === idOf(first)]).toEqual([201, false, false]);
    expect((await counts())['idempotency_keys']).toBe(before);
    expect(told(await post(path, { ...body, firstName: 'Other' }, 'over'))).toEqual(told(anew));
  });

  it.each(['', '""', 'two words', '"no end', 'x'.repeat(256), 'cl\u00e9', '"a";b=1'])(
    'must be a key: %j is refused, and nothing is done',
    async (key) => {
      const { path, body } = await prepared('POST /organizations');
      const stored = await everything();
      const answer = parsed(await post(path, body, key));
      expectProblem(answer, 'validation-failed');
      expect(named(answer)).toEqual(['Idempotency-Key']);
      expect(await everything()).toBe(stored);
    },
  );

  it('means nothing with other methods, which can be repeated as they are', async () => {
    const { id } = await directory.organization();
    const { api } = service;
    const { idempotency_keys: before } = await counts();
    for (const headers of [
      { 'idempotency-key': 'two words' },
      { 'idempotency-key': 'k' },
      { 'idempotency-key': 'k' },
    ]) {
      const answers = [
        await api.get(`/organizations/${id}`, {}, headers),
        await api.put(`/organizations/${id}`, { name: 'New', slug: `new-${id}` }, headers),
        await api.patch(`/organizations/${id}`, { name: randomUUID() }, headers),
        await api.delete('/clinics/0123456789abcdef01234567', {}, headers),
      ];
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 404]);
      expect(answers.map((answer) => answer.headers.get('idempotent-replayed'))).toEqual([null, null, null, null]);
    }
    expect((await counts())['idempotency_keys']).toBe(before);
  });

  it('means nothing to what makes tokens, which keeps nothing', async () => {
    const { id, key } = await makeKey(service, null, 'ops');
    const grant = { grant_type: 'client_credentials', client_id: id, client_secret: key };
    const before = await counts();
    const anybody = new ApiClient(`${service.url}/api/v1`, undefined);
    for (const header of ['k', 'k', 'two words']) {
      const answer = await anybody.post('/auth/token', grant, { 'idempotency-key': header });
      expect([answer.status, answer.headers.get('idempotent-replayed')]).toEqual([200, null]);
    }
    expect((await counts())['idempotency_keys']).toBe(before['idempotency_keys']);
  });

  it('lets nobody do what its credentials do not allow, and shows them nothing', async () => {
    const { id } = await directory.organization();
    const [editor, viewer] = [await makeKey(service, id, 'editor'), await makeKey(service, id, 'viewer')];
    const body = { name: 'Port Lions', code: 'C' };
    await post('/clinics', body, 'mine', { as: editor.key });
    expectProblem(parsed(await post('/clinics', body, 'mine', { as: viewer.key })), 'forbidden');
    expectProblem(parsed(await post('/clinics', body, 'mine', { as: 'es_nobody' })), 'unauthenticated');
  });
});

it('a key costs two commands to the database, and a POST that was done before costs two in all', async () => {
  const monitored = await startMonitoredService({ MONGODB_DATABASE: service.db.databaseName });
  try {
    const { path, body } = await prepared('POST /clinics');
    const send = (to: typeof monitored) => post(path, body, 'counted', { to });
    const lines = async () => (await monitored.commands.during(() => send(monitored))).map(({ line }) => line);
    expect(await lines()).toEqual([
      'find idempotency_keys',
      'findAndModify organizations',
      'insert clinics',
      'insert audit_entries',
      'update idempotency_keys',
      'commitTransaction',
    ]);
    expect(await lines()).toEqual(['find idempotency_keys', 'commitTransaction']);
  } finally {
    await monitored.stop();
  }
});

it('a POST without a key keeps nothing, and may make the same again', async () => {
  const { path, body } = await prepared('POST /providers');
  const { idempotency_keys: before } = await counts();
  const answers = [await service.api.post(path, body), await service.api.post(path, body)];
  expect(new Set(answers.map((answer) => answer.body['id'])).size).toBe(2);
  expect((await counts())['idempotency_keys']).toBe(before);
});

it('a POST that is refused keeps nothing, and may be tried again under its key', async () => {
  const { id: organizationId } = await directory.organization();
  await service.api.delete(`/organizations/${organizationId}`);
  const body = { organizationId, name: 'Next', code: 'A' };
  const stored = await everything();
  for (const to of [service, second, service]) {
    expectProblem(parsed(await post('/clinics', body, 'refused', { to })), 'reference-not-live');
  }
  expect(await everything()).toBe(stored);
  await service.api.patch(`/organizations/${organizationId}`, { status: 'active' });
  const made = await post('/clinics', body, 'refused');
  expect([made.status, isReplay(made)]).toEqual([201, false]);
  expect(told(await post('/clinics', body, 'refused'))).toEqual(told(made));
});

describe('ten at once under one key, at two processes', () => {
  it.each(routes)('%s: one is done, all have its answer', async (_, prepare) => {
    const { path, body, makes, entries } = await prepare();
    const before = await counts();
    const key = randomUUID();
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, at) => post(path, body, key, { to: at % 2 === 0 ? service : second })),
    );
    expect(answers.map(({ status, body: text }) => (status === 201 ? 201 : text))).toEqual(Array(10).fill(201));
    for (const answer of answers) expect(told(answer)).toEqual(told(answers[0] as Told));
    expect(answers.filter(isReplay)).toHaveLength(9);
    const after = await counts();
    expect([after[makes], after['audit_entries'], after['idempotency_keys']]).toEqual([
      Number(before[makes]) + 1,
      Number(before['audit_entries']) + entries,
      Number(before['idempotency_keys']) + 1,
    ]);
  });

  it('with two bodies: those with the body that was done have its answer, the others are refused', async () => {
    const { path, body } = await prepared('POST /providers');
    const key = randomUUID();
    const answers = await Promise.all(
      Array.from({ length: 10 }, async (_, at) => {
        const firstName = at % 2 === 0 ? 'Ana' : 'Zoë';
        return { firstName, answer: await post(path, { ...body, firstName }, key, { to: at < 5 ? service : second }) };
      }),
    );
    const done = answers.filter(({ answer }) => answer.status === 201);
    expect([new Set(done.map(({ firstName }) => firstName)).size, done.length]).toEqual([1, 5]);
    expect(new Set(done.map(({ answer }) => answer.body)).size).toBe(1);
    const others = answers.filter(({ answer }) => answer.status !== 201);
    for (const { answer } of others) expectProblem(parsed(answer), 'idempotency-key-reused');
  });
});

it('the database holds neither the API keys that were answered nor the keys of the requests', async () => {
  const { path, body } = await prepared('POST /auth/keys');
  const requestKeys = [randomUUID(), randomUUID()];
  const first = parsed(await post(path, body, String(requestKeys[0])));
  const next = parsed(await post(`${path}/${first.body['id']}/rotate`, {}, String(requestKeys[1])));
  const secrets = [first, next].map((answer) => String(answer.body['key']));
  // What of them is not their prefix, which is no secret.
  const hidden = [first, next].map(({ body: { key, prefix } }) => String(key).slice(String(prefix).length + 1));
  expect(hidden).toEqual([expect.stringMatching(/^.{40,}$/), expect.stringMatching(/^.{40,}$/)]);
  const looked: string[] = [];
  for (const { name } of await service.db.listCollections().toArray()) {
    const documents = await service.db.collection(name).find({}, { raw: true }).toArray();
    const bytes = Buffer.concat(documents.map((document) => Buffer.from(document as unknown as Uint8Array)));
    for (const text of [...hidden, ...requestKeys]) expect([name, bytes.includes(text)]).toEqual([name, false]);
    for (const text of hidden) expect(bytes.includes(Buffer.from(text, 'base64url'))).toBe(false);
    if (bytes.includes(String(first.body['prefix']))) looked.push(name);
  }
  // That they would have been found.
  expect(looked).toContain('api_keys');
  expect((await clientOf(service, secrets[1]).get('/clinics')).status).toBe(200);
});

describe('a process that is killed while it is at keyed POSTs', () => {
  let compiled: CompiledService;
  let folder: TemporaryFolder;
  beforeAll(() => {
    compiled = new CompiledService();
    folder = new TemporaryFolder();
  });
  afterAll(() => {
    compiled.remove();
    folder.remove();
  });

  /** How many answers it still gives, and at which step of its first transaction it ends by itself. */
  const DEATHS: readonly (readonly [string, { readonly answers?: number; readonly dies?: string }])[] = [
    ['right before its first commit', { dies: 'before' }],
    ['right after its first commit', { dies: 'after' }],
    ...Array.from({ length: 3 }, () => {
      const answers = randomInt(1, 2 * routes.length - 2);
      return [`when ${answers} answers have come`, { answers }] as const;
    }),
  ];

  it.each(DEATHS)('%s: sent to another process, each is done once', async (_, { answers = 0, dies = '' }) => {
    const posts = await Promise.all(
      [...routes, ...routes].map(async ([, prepare]) => ({ ...(await prepare()), key: randomUUID() })),
    );
    const before = await counts();
    const victim = await startVictim(dies);
    const ended = once(victim.child, 'exit');
    let arrived = 0;
    const first = await Promise.all(
      posts.map(({ path, body, key }) =>
        post(path, body, key, { to: victim }).then(
          (answer) => {
            arrived += 1;
            if (arrived === answers) victim.child.kill('SIGKILL');
            return answer;
          },
          () => undefined,
        ),
      ),
    );
    await ended;
    expect(victim.child.signalCode).toBe('SIGKILL');
    expect(first).toContain(undefined);
    const done = Number((await counts())['idempotency_keys']) - Number(before['idempotency_keys']);
    if (dies !== '') expect([dies, done > 0]).toEqual([dies, dies === 'after']);

    const abandoned = abandon(victim.sessions());
    const again = await Promise.all(posts.map(({ path, body, key }) => post(path, body, key)));
    await abandoned;
    expect(again.map(({ status, body }) => (status === 201 ? 201 : body))).toEqual(posts.map(() => 201));
    // The server may come only now to a commit that was sent before.
    expect(again.filter(isReplay).length).toBeGreaterThanOrEqual(done);
    for (const [at, answer] of first.entries()) {
      if (answer !== undefined)
        expect([told(again[at] as Told), isReplay(again[at] as Told)]).toEqual([told(answer), true]);
    }
    const expected: Record<string, number> = {
      ...before,
      idempotency_keys: Number(before['idempotency_keys']) + posts.length,
    };
    for (const { makes, entries } of posts) {
      expected[makes] = Number(expected[makes]) + 1;
      expected['audit_entries'] = Number(expected['audit_entries']) + entries;
    }
    expect(await counts()).toEqual(expected);
  });

  /** Writes down the sessions of its transactions, and ends itself where it is told to. */
  const TELLTALE = `
import { createRequire } from 'node:module';
import { appendFileSync } from 'node:fs';
const { ClientSession } = createRequire(process.argv[1])('mongodb');
const { startTransaction, commitTransaction } = ClientSession.prototype;
ClientSession.prototype.startTransaction = function (...given) {
  appendFileSync(process.env.SESSIONS, Buffer.from(this.id.id.buffer).toString('hex') + ' ');
  return startTransaction.apply(this, given);
};
ClientSession.prototype.commitTransaction = async function (...given) {
  if (process.env.DIES === 'before') process.kill(process.pid, 'SIGKILL');
  await commitTransaction.apply(this, given);
  if (process.env.DIES === 'after') process.kill(process.pid, 'SIGKILL');
};
`;

  async function startVictim(dies: string) {
    const telltale = folder.file('telltale.mjs', TELLTALE);
    const sessions = folder.file(`${randomUUID()}.txt`, '');
    const variables = { MONGODB_DATABASE: service.db.databaseName, SESSIONS: sessions, DIES: dies };
    const child = compiled.spawn(testEnvironment(variables), ['--import', telltale]);
    return { child, url: await addressOf(child), sessions: () => readFileSync(sessions, 'utf8').trim().split(' ') };
  }

  /**
   * Without that, what a killed process was writing stays locked for a minute. The server may come to what it sent last
   * only later, and begin a transaction again; it says nothing of that.
   */
  async function abandon(sessions: readonly string[]): Promise<void> {
    const ids = sessions.map((hex) => ({ id: new Binary(Buffer.from(hex, 'hex'), Binary.SUBTYPE_UUID) }));
    await service.db.command({ killSessions: ids });
    await sleep(SENT_BEFORE_DEATH_MS);
    await service.db.command({ killSessions: ids });
  }
});

const SENT_BEFORE_DEATH_MS = 500;
