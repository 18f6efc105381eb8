import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { PLATFORM_KEY } from '../support/service.js';
import { untilAnswer } from '../support/until.js';
import { House } from './support/house.js';
import { type LoadTarget, prepareLoad } from './support/load-requests.js';
import { isGood, isWrite, type LoadRun } from './support/load-run.js';
import { expectHonesty, type Ordeal, type Outcome, undergo } from './support/ordeal.js';
import { reported, type Seen } from './support/report.js';

let house: House;
beforeAll(async () => {
  house = await House.build();
}, 120_000);
afterAll(() => house?.tearDown());

let target: LoadTarget;
beforeEach(async () => {
  const { api, url } = house.service;
  target = await prepareLoad(api, [url]);
  // All that the load reads is known.
  const { organizationId: id, clinicIds } = target;
  const lists = [20, 21, 22].map((limit) => `/clinics?organizationId=${id}&limit=${limit}`);
  const paths = [...clinicIds.map((clinic) => `/clinics/${clinic}`), ...lists, `/organizations/${id}/summary`];
  for (const path of paths) expect((await api.get(path)).status).toBe(200);
}, 40_000);
afterEach(() => house?.recovered());

type Fault = Pick<Ordeal, 'lastsMs' | 'strike' | 'relieve'>;

const suffer = ({ lastsMs, strike, relieve }: Fault) => undergo({ house, target, lastsMs, strike, relieve });

const reads = (run: LoadRun) => run.of((request) => !isWrite(request));
const writes = (run: LoadRun) => run.of(isWrite);
const bad = (run: LoadRun) => run.of((request) => !isGood(request)).count;

/** Honest, and all is well again within the time. */
async function expectRecovery(outcome: Outcome, saw: (seen: Seen) => void, withinMs = 2_500): Promise<void> {
  const { recoveredMs } = await expectHonesty(house, outcome, saw);
  const { during, after, relievedMs } = outcome;
  const allGoodMs = after.allGoodAfter(relievedMs);
  const stale = during.of(({ cache }) => cache === 'STALE').count;
  saw({ besides: `${stale} of ${reads(during).count} reads STALE; all good ${Math.round(allGoodMs)} ms after it` });
  expect(recoveredMs).toBeLessThan(withinMs);
  expect(allGoodMs).toBeLessThan(withinMs);
}

const restartMongodb = async () => {
  await house.mongodb.startAgain();
  house.toMongodb.leadTo(house.mongodb.port);
};

let resets: NodeJS.Timeout;

/** MongoDB is there all the time, and connections to it are bad. */
const HINDRANCES: readonly (Fault & { readonly fault: string; readonly p99Ms: number; readonly most: number })[] = [
  {
    fault: 'MongoDB answers 100 to 200 ms late',
    lastsMs: 4_000,
    strike: () => house.toMongodb.suffer({ toClient: { latencyMs: 100, jitterMs: 100 } }),
    p99Ms: 5_000,
    most: 0,
  },
  {
    fault: 'the line to MongoDB takes 50 KB/s',
    lastsMs: 4_000,
    strike: () =>
      house.toMongodb.suffer({ toServer: { bytesPerSecond: 50_000 }, toClient: { bytesPerSecond: 50_000 } }),
    p99Ms: 2_000,
    most: 0,
  },
  {
    fault: 'all connections to MongoDB are reset every 200 ms for 4 s',
    lastsMs: 4_000,
    strike: () => {
      resets = setInterval(() => house.toMongodb.reset(), 200);
    },
    relieve: () => clearInterval(resets),
    p99Ms: 2_000,
    most: 0.02,
  },
  {
    fault: 'the connections to MongoDB are half-open: it has left, and nobody was told',
    lastsMs: 5_000,
    strike: () => house.toMongodb.halfOpen(),
    p99Ms: 4_500,
    most: 0.05,
  },
  {
    fault: 'MongoDB is killed and started again, and the ends of its connections arrive 2 s later',
    lastsMs: 4_000,
    strike: async () => {
      house.toMongodb.suffer({ toClient: { slowCloseMs: 2_000 } });
      await house.mongodb.kill();
      await house.mongodb.startAgain();
      house.toMongodb.aimAt(house.mongodb.port);
    },
    p99Ms: 4_500,
    most: 0.05,
  },
];

describe('connections to MongoDB are bad: hardly anything of it shows', () => {
  it.each(HINDRANCES.map((one) => [one.fault, one] as const))(
    '%s',
    (_name, { fault, most, p99Ms, ...what }) => {
      const bound = `at most ${100 * most} of 100 refused; p99 under ${p99Ms} ms; all good within 2.5 s after it`;
      return reported({ fault, bound }, async (saw) => {
        const outcome = await suffer(what);
        await expectRecovery(outcome, saw);
        expect(bad(outcome.all)).toBeLessThanOrEqual(most * outcome.all.count);
        expect(outcome.during.latencyMs(0.99)).toBeLessThan(p99Ms);
      })();
    },
    60_000,
  );
});

/** MongoDB isn't there for five seconds or more. */
const ABSENCES: readonly (Fault & { readonly fault: string })[] = [
  { fault: 'MongoDB is silent for 6 s', lastsMs: 6_000, strike: () => house.toMongodb.silence() },
  {
    fault: 'MongoDB stands still (SIGSTOP) for 6 s',
    lastsMs: 6_000,
    strike: () => house.mongodb.freeze(),
    relieve: () => house.mongodb.thaw(),
  },
  {
    fault: 'MongoDB is killed under load, and is back after 6 s with its data',
    lastsMs: 6_000,
    strike: () => house.mongodb.kill(),
    relieve: restartMongodb,
  },
  {
    fault: 'MongoDB and Redis are both away for 6 s',
    lastsMs: 6_000,
    strike: () => {
      house.toMongodb.cut();
      house.toRedis.cut();
    },
  },
];

/** By then the breaker is open; before, who asks waits for the database. */
const FOUND_AWAY_MS = 4_000;
/** Until then it is known that nobody can have written. */
const LEASE_MS = 2_000;

describe('MongoDB is away: what is known is answered and marked', () => {
  it.each(ABSENCES.map((one) => [one.fault, one] as const))(
    '%s',
    (_name, { fault, ...what }) =>
      reported(
        {
          fault,
          bound:
            'each read of what is known answered, after 2 s as STALE with its Age; after 4 s nobody waits (p99 under 500 ms) and writes are 503; all good within 2.5 s after it',
        },
        async (saw) => {
          const outcome = await suffer(what);
          await expectRecovery(outcome, saw);
          const { all, struckMs, relievedMs } = outcome;
          expect(bad(reads(all))).toBe(0);
          const late = all.between(struckMs + FOUND_AWAY_MS, relievedMs - 100);
          expect(late.latencyMs(0.99)).toBeLessThan(500);
          expect(Object.keys(writes(late).outcomes)).toEqual(['503']);
          const unmarked = reads(all.between(struckMs + LEASE_MS + 100, relievedMs - 100)).of(
            ({ cache, answeredMs }) => cache !== 'STALE' && answeredMs < relievedMs,
          );
          expect(unmarked.requests).toEqual([]);
          expect(all.of(({ cache, ageSeconds }) => (cache === 'STALE') !== (ageSeconds !== undefined)).count).toBe(0);
        },
      )(),
    60_000,
  );
});

describe('while MongoDB is silent', () => {
  it.each([
    ['a read', (path: string) => house.service.api.get(path, {}, { ...IN_HALF_A_SECOND, 'cache-control': 'no-cache' })],
    ['a write', (path: string) => house.service.api.patch(path, { name: 'Late' }, IN_HALF_A_SECOND)],
  ])(
    '%s is given up when its X-Request-Timeout is over',
    (what, ask) =>
      reported(
        { fault: `MongoDB is silent as ${what} with X-Request-Timeout: 500 comes`, bound: '504 within 600 ms' },
        async (saw) => {
          house.toMongodb.silence();
          const begun = performance.now();
          const { status } = await ask(`/clinics/${target.clinicIds[0]}`);
          const tookMs = performance.now() - begun;
          saw({ besides: `${status} after ${Math.round(tookMs)} ms` });
          expect(status).toBe(504);
          expect(tookMs).toBeLessThan(600);
        },
      )(),
    30_000,
  );

  it(
    'nothing is left of what clients asked for that have gone',
    reported(
      {
        fault: 'ten clients go while MongoDB is silent',
        bound: 'within 1 s nothing runs for them, and no connection of theirs is left',
      },
      async (saw) => {
        const { api, url } = house.service;
        const work = async () => {
          const { breakers, database } = (await api.get<Work>('/performance/circuit-breakers')).body;
          const inFlight = breakers.find(({ dependency }) => dependency === 'mongodb')?.inFlight;
          return { inFlight, running: database.running, waiting: database.waiting };
        };
        const before = house.toMongodb.connections;
        house.toMongodb.silence();
        const leaving = new AbortController();
        const asked = target.clinicIds.map((id) =>
          fetch(`${url}/api/v1/clinics/${id}`, {
            headers: { 'x-api-key': PLATFORM_KEY, 'cache-control': 'no-cache' },
            signal: leaving.signal,
          }).catch(() => 'gone'),
        );
        await untilAnswer(work, ({ running }) => running === target.clinicIds.length);
        leaving.abort();
        expect(await Promise.all(asked)).toEqual(target.clinicIds.map(() => 'gone'));
        const nothing = { inFlight: 0, running: 0, waiting: 0 };
        const { tookMs } = await untilAnswer(work, (now) => JSON.stringify(now) === JSON.stringify(nothing));
        saw({ besides: `all given up after ${Math.round(tookMs)} ms` });
        expect(tookMs).toBeLessThan(1_000);
        // Only a way that isn't silent tells who has left it.
        house.recover();
        const open = () => sleep(20).then(() => house.toMongodb.connections);
        // The ping and the fences may have opened some.
        await untilAnswer(open, (connections) => connections <= before + 3);
      },
    ),
    30_000,
  );
});

describe('MongoDB comes back without its data', () => {
  it(
    'what is gone is a 404, and there can be new records',
    reported(
      {
        fault: 'MongoDB is killed and started again with an empty database',
        bound:
          'the process lives, is ready within 5 s, makes the indexes again, says 404 for what is gone, and takes new records',
      },
      async (saw) => {
        const { service } = house;
        await house.mongodb.kill();
        await house.mongodb.startAgain('none');
        house.toMongodb.leadTo(house.mongodb.port);
        const readyMs = await service.untilReady();
        saw({ recoveredMs: readyMs });
        expect(readyMs).toBeLessThan(5_000);
        const ask = () => service.api.get(`/clinics/${target.clinicIds[0]}`, {}, { 'cache-control': 'no-cache' });
        const { answer } = await untilAnswer(ask, ({ status }) => status !== 503);
        expect(answer.status).toBe(404);
        const indexes = () => house.mongodb.with((client) => client.db(house.database).collection('clinics').indexes());
        await untilAnswer(
          () => indexes().catch(() => []),
          ({ length }) => length > 5,
        );
        const { clinicIds } = await prepareLoad(service.api, [service.url], 1);
        expect((await service.api.get(`/clinics/${clinicIds[0]}`)).status).toBe(200);
      },
    ),
    40_000,
  );
});

interface Work {
  readonly breakers: readonly { readonly dependency: string; readonly inFlight: number }[];
  readonly database: { readonly running: number; readonly waiting: number };
}

const IN_HALF_A_SECOND = { 'x-request-timeout': '500' };
