import { randomInt, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Db } from 'mongodb';
import { Directory } from '../support/directory.js';
import { CompiledService, testEnvironment } from '../support/processes.js';
import { untilAnswer } from '../support/until.js';
import { expectNoLies } from './support/honesty.js';
import { House } from './support/house.js';
import { type LoadTarget, prepareLoad } from './support/load-requests.js';
import { isGood, LoadRun } from './support/load-run.js';
import { type LoadOptions, OpenLoad } from './support/open-load.js';
import { reported } from './support/report.js';
import type { ServiceProcess } from './support/service-process.js';

const DEADLINE_MS = 5_000;
const DEADLINE = { DEADLINE_MS: String(DEADLINE_MS) };

let house: House;
beforeAll(async () => {
  house = await House.build(DEADLINE);
}, 120_000);
afterAll(() => house?.tearDown());

/** A process beside the first, which goes on. */
const open = (variables: Readonly<Record<string, string>> = {}) => house.open({ ...DEADLINE, ...variables });

const inDatabase = <T>(look: (db: Db) => Promise<T>): Promise<T> =>
  house.mongodb.with((client) => look(client.db(house.database)));

/**
 * What a killed process was writing stays locked until MongoDB ends its transaction, a minute later: that minute is over
 * now. The server may come only later to what the process sent last. Transactions of others are ended as well, and
 * repeated by them.
 */
async function endTransactions(): Promise<void> {
  const end = () => house.mongodb.with((client) => client.db('admin').command({ killAllSessions: [] }));
  await end();
  await sleep(SENT_BEFORE_DEATH_MS);
  await end();
}
const SENT_BEFORE_DEATH_MS = 500;
afterEach(async () => {
  await Promise.all(loads.splice(0).map((load) => load.stop()));
  house.recover();
  await endTransactions();
});

/** They end with their test, also when it fails. */
const loads: OpenLoad[] = [];
function beginLoad(target: LoadTarget, options: LoadOptions): OpenLoad {
  const load = new OpenLoad(target, options);
  loads.push(load);
  return load;
}

/** What a client without an answer sees of a process that is gone. */
const LOST = new Set(['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'socket hang up']);
/** Refused, or not in time: for what is locked. */
const CLEAR = new Set(['503', '504']);
const badOutcomes = (run: LoadRun) => Object.keys(run.of((request) => !isGood(request)).outcomes);

/** No acknowledged write is lost, and nothing old is shown, whichever process answers. */
async function expectHonesty(...runs: readonly LoadRun[]): Promise<void> {
  const all = new LoadRun(runs.flatMap(({ requests }) => requests));
  await expectNoLies(all, inDatabase);
}

/** A process that starts takes the machine for moments: one in a hundred may come later than 100 ms after its time. */
function expectInTime(run: LoadRun, ms: number): void {
  expect(run.laterThan(ms + 100).count).toBeLessThanOrEqual(run.count / 100);
  expect(run.laterThan(ms + 1_000).requests).toEqual([]);
}

const WRITING = { read: 40, list: 10, summary: 5, patch: 25, post: 20 } as const;

describe('SIGKILL of one of two processes', () => {
  it(
    'in the middle of writes, with a new one in its place, loses and spoils nothing',
    reported(
      {
        fault: 'SIGKILL of one of two processes in the middle of writes',
        bound: 'its clients lose connections; the others: 503 or 504 within the deadline + 100 ms where it left a lock',
      },
      async (saw) => {
        const doomed = await open();
        const target = await prepareLoad(house.service.api, [house.service.url], 20);
        const urls = [doomed.url];
        // So that several writes are always under way.
        house.toMongodb.suffer({ toClient: { latencyMs: 40 } });
        const [itsClients, others] = [
          beginLoad({ ...target, urls }, { perSecond: 50, mix: WRITING }),
          beginLoad(target, { perSecond: 50, mix: WRITING }),
        ];
        await sleep(1_500);
        const killedMs = performance.now();
        await doomed.kill();
        urls[0] = (await open()).url;
        const replacedMs = performance.now();
        await sleep(2_000);
        const runs = await Promise.all([itsClients.stop(), others.stop()]);
        const [its, theirs] = runs;
        const during = theirs.between(killedMs, replacedMs);
        saw({
          errors: `its clients ${its.errors}, the others ${theirs.errors}`,
          p99Ms: theirs.latencyMs(0.99),
          recoveredMs: its.recoveredAfter(replacedMs) ?? Number.POSITIVE_INFINITY,
        });
        await expectHonesty(...runs);
        for (const run of runs) expectInTime(run, DEADLINE_MS);
        expect(badOutcomes(its).filter((outcome) => !LOST.has(outcome) && !CLEAR.has(outcome))).toEqual([]);
        expect(badOutcomes(theirs).filter((outcome) => !CLEAR.has(outcome))).toEqual([]);
        const reads = during.of(({ kind }) => kind !== 'patch' && kind !== 'post');
        expect([reads.errors, reads.latencyMs(0.99) < 1_000]).toEqual([`0 of ${reads.count}`, true]);
        expect(its.recoveredAfter(replacedMs)).toBeLessThan(1_000);
      },
    ),
    30_000,
  );

  it(
    'with keyed POSTs: sent again to the other one each is there once',
    reported(
      {
        fault: 'SIGKILL of one of two processes at keyed POSTs, which are sent again to the other',
        bound: 'each is acknowledged, and done once',
      },
      async (saw) => {
        const doomed = await open();
        const { id: organizationId } = await new Directory(house.service.api).organization();
        const posts = Array.from({ length: 40 }, (_, at) => ({ code: `AGAIN-${at}`, key: randomUUID() }));
        const send = ({ api }: ServiceProcess, { code, key }: (typeof posts)[number]) =>
          api.post('/clinics', { organizationId, name: code, code }, { 'idempotency-key': key });
        const answered = new Map<string, string>();
        const first = posts.map(async (post) => {
          const { status, body } = await send(doomed, post);
          if (status === 201) answered.set(post.code, String(body['id']));
          if (answered.size === 10) doomed.signal('SIGKILL');
        });
        await Promise.allSettled(first);
        await doomed.ended;
        await endTransactions();
        const again = await Promise.all(posts.map((post) => send(house.service, post)));
        const replays = again.filter(({ headers }) => headers.get('idempotent-replayed') === 'true').length;
        saw({ besides: `${answered.size} of ${posts.length} answered before, ${replays} done before` });
        expect(again.map(({ status }) => status)).toEqual(posts.map(() => 201));
        for (const [at, { code }] of posts.entries()) {
          const id = again[at]?.body['id'];
          expect([code, answered.get(code) ?? id]).toEqual([code, id]);
        }
        expect(replays).toBeGreaterThanOrEqual(answered.size);
        expect(answered.size).toBeLessThan(posts.length);
        const codes = { code: /^AGAIN-/ };
        expect(await inDatabase((db) => db.collection('clinics').countDocuments(codes))).toBe(posts.length);
      },
    ),
    30_000,
  );
});

it(
  'ten processes that are killed one after the other do each keyed write once, and all that they acknowledged',
  reported(
    {
      fault:
        'SIGKILL of ten processes in a row, at random moments, while clients repeat keyed writes until they are acknowledged',
      bound: 'each write is acknowledged, and done once; recovery with the next process',
    },
    async (saw) => {
      const { id: organizationId } = await new Directory(house.service.api).organization();
      const acknowledged = new Map<string, string>();
      let current = await open();
      let done = false;
      let sent = 0;
      const untilAcknowledged = async (code: string) => {
        const key = randomUUID();
        while (!acknowledged.has(code)) {
          const { api } = current;
          sent += 1;
          const answer = await api
            .post('/clinics', { organizationId, name: code, code }, { 'idempotency-key': key })
            .catch(() => sleep(20, undefined));
          if (answer === undefined) continue;
          expect([code, [201, 503, 504].includes(answer.status), answer.body]).toEqual([code, true, answer.body]);
          if (answer.status === 201) acknowledged.set(code, String(answer.body['id']));
        }
      };
      const clients = Array.from({ length: 4 }, async (_, client) => {
        for (let number = 0; !done; number += 1) await untilAcknowledged(`LIFE-${client}-${number}`);
      });
      try {
        const spares = [open(), open()];
        for (let deaths = 0; deaths < 10; deaths += 1) {
          if (deaths < 8) spares.push(open());
          await sleep(randomInt(400));
          await current.kill();
          const ended = endTransactions();
          current = (await spares.shift()) ?? current;
          await ended;
        }
        await sleep(500);
      } finally {
        done = true;
      }
      await Promise.all(clients);
      saw({ besides: `${acknowledged.size} writes, sent ${sent} times` });
      const stored = await inDatabase((db) =>
        db
          .collection('clinics')
          .find({ code: /^LIFE-/ })
          .toArray(),
      );
      expect(stored.map(({ code, _id }) => [code, _id.toHexString()]).toSorted()).toEqual([...acknowledged].toSorted());
      expect(acknowledged.size).toBeGreaterThan(20);
      expect(sent).toBeGreaterThan(acknowledged.size);
    },
  ),
  60_000,
);

it(
  'processes that are killed while they start leave nothing that the next one stumbles over',
  reported(
    {
      fault: 'SIGKILL of four processes while they start over an empty database, and of one right after',
      bound: 'the next one is ready, and has all indexes',
    },
    async (saw) => {
      const variables = { MONGODB_DATABASE: 'newborn' };
      const compiled = new CompiledService();
      try {
        for (const delayMs of [300, 500, 700, 900]) {
          const { port } = house.redis;
          const servers = { MONGODB_URI: house.mongodb.uri, REDIS_URL: `redis://127.0.0.1:${port}` };
          const starting = compiled.spawn(testEnvironment({ ...variables, ...servers }));
          const ended = once(starting, 'exit');
          await sleep(delayMs);
          starting.kill('SIGKILL');
          await ended;
        }
      } finally {
        compiled.remove();
      }
      await (await open(variables)).kill();
      const next = await open(variables);
      const readyMs = await next.untilReady();
      saw({ recoveredMs: readyMs });
      const { id } = await new Directory(next.api).organization();
      expect((await next.api.get(`/organizations/${id}`)).status).toBe(200);
      expect(await indexesOf('newborn')).toEqual(await indexesOf(house.database));
      await next.kill();
    },
  ),
  40_000,
);

/** The names of a database's indexes, by collection. */
const indexesOf = (name: string) =>
  house.mongodb.with(async (client) => {
    const collections = await client.db(name).collections();
    const named = collections.map(async (collection) => [
      collection.collectionName,
      (await collection.indexes()).map((index) => String(index.name)).toSorted(),
    ]);
    return Object.fromEntries(await Promise.all(named));
  });

describe('SIGSTOP of one of two processes for three seconds', () => {
  it(
    'under load: when it goes on it serves nothing that others have changed meanwhile',
    reported(
      {
        fault: 'SIGSTOP of one of two processes for 3 s under load',
        bound: 'no stale answer; good answers within 1 s after',
      },
      async (saw) => {
        const frozen = await open();
        const target = await prepareLoad(house.service.api, [house.service.url]);
        const mix = { read: 60, list: 15, summary: 5, patch: 20, post: 0 };
        const [its, others] = [
          beginLoad({ ...target, urls: [frozen.url] }, { perSecond: 60, mix }),
          beginLoad(target, { perSecond: 30, mix }),
        ];
        await sleep(1_500);
        frozen.freeze();
        const frozenMs = performance.now();
        await sleep(3_000);
        frozen.thaw();
        const thawedMs = performance.now();
        await sleep(1_500);
        const runs = await Promise.all([its.stop(), others.stop()]);
        const meanwhile = runs[1].between(frozenMs, thawedMs);
        saw({
          errors: `its clients ${runs[0].errors}, the others ${runs[1].errors}`,
          p99Ms: meanwhile.latencyMs(0.99),
          recoveredMs: runs[0].recoveredAfter(thawedMs) ?? Number.POSITIVE_INFINITY,
        });
        await expectHonesty(...runs);
        // A process that stands still takes no requests: their time begins when it goes on.
        expectInTime(runs[0], 3_000 + DEADLINE_MS);
        expectInTime(runs[1], DEADLINE_MS);
        expect(runs.flatMap(badOutcomes).filter((outcome) => !CLEAR.has(outcome))).toEqual([]);
        expect(runs[0].recoveredAfter(thawedMs)).toBeLessThan(1_000);
        await frozen.kill();
      },
    ),
    30_000,
  );

  it(
    'while Redis is away for the others: it sees their fence before it serves anything',
    reported(
      {
        fault: 'SIGSTOP of one of two processes for 3 s; the other writes while Redis is away',
        bound: 'no stale answer',
      },
      async () => {
        const frozen = await open();
        const directory = new Directory(house.service.api);
        const { id: organizationId } = await directory.organization();
        const { id } = await directory.clinic(organizationId);
        const shown = async () => (await frozen.api.get(`/clinics/${id}`)).body['name'];
        await untilAnswer(
          () => frozen.api.get(`/clinics/${id}`),
          ({ headers }) => headers.get('x-cache') === 'HIT',
        );
        house.toRedis.silence();
        frozen.freeze();
        const waiting = Array.from({ length: 5 }, shown);
        const begun = performance.now();
        const written = await house.service.api.patch(`/clinics/${id}`, { name: 'Changed' });
        expect(written.status).toBe(200);
        const later = Array.from({ length: 5 }, shown);
        house.recover();
        await sleep(Math.max(0, 3_000 - (performance.now() - begun)));
        frozen.thaw();
        expect(await Promise.all(later)).toEqual(later.map(() => 'Changed'));
        expect(await shown()).toBe('Changed');
        await Promise.all(waiting);
        await frozen.kill();
      },
    ),
    30_000,
  );
});

it(
  'SIGTERM under load fails no request',
  reported(
    { fault: 'SIGTERM of one of two processes under load', bound: 'no failed request; code 0 within 6 s' },
    async (saw) => {
      const leaving = await open({ STOP_DELAY_MS: '1500' });
      const target = await prepareLoad(house.service.api, [], 20);
      const urls = [leaving.url, house.service.url];
      const load = beginLoad({ ...target, urls }, { perSecond: 100 });
      await sleep(1_500);
      const signalledMs = performance.now();
      const ending = leaving.stop();
      // As a balancer does that asks each process whether it is ready.
      const ready = async () => (await fetch(`${leaving.url}/readyz`)).status;
      await untilAnswer(
        () => sleep(100).then(ready),
        (status) => status !== 200,
      );
      urls.shift();
      expect(await ending).toEqual({ code: 0, signal: null });
      const tookMs = performance.now() - signalledMs;
      await sleep(500);
      const run = await load.stop();
      saw({ errors: run.errors, p99Ms: run.latencyMs(0.99), besides: `ended after ${Math.round(tookMs)} ms` });
      expect(run.errors).toBe(`0 of ${run.count}`);
      expect(tookMs).toBeLessThan(6_000);
      await expectHonesty(run);
      expectInTime(run, DEADLINE_MS);
    },
  ),
  30_000,
);
