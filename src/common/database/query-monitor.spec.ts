import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Collection } from 'mongoose';
import { type ScratchDatabase, scratchDatabase } from '../../../test/support/scratch-database.js';
import { parseConfiguration } from '../../config/configuration.js';
import { Flights } from '../cache/flights.js';
import { platformPrincipal } from '../context/principal.js';
import { newContext, runAsService, runInContext, runShared, type Work } from '../context/request-context.js';
import { requestLoader } from '../dataloader/request-loader.js';
import { WindowClock } from '../observability/windows.js';
import { DatabaseGate } from './database-gate.js';
import { observeCommands } from './driver-commands.js';
import { type MonitoredQuery, QueryMonitor } from './query-monitor.js';

const SLOW_MS = 500;
const configured = (variables: Readonly<Record<string, string>> = {}) =>
  parseConfiguration({
    MONGODB_URI: 'mongodb://h',
    REDIS_URL: 'redis://h',
    SLOW_QUERY_MS: String(SLOW_MS),
    ...variables,
  });

let database: ScratchDatabase;
let clock: WindowClock;
let monitor: QueryMonitor;
let things: Collection;
beforeEach(async () => {
  database = await scratchDatabase();
  things = database.connection.collection('things');
  await things.insertOne({ status: 'active' });
  clock = new WindowClock();
  monitor = new QueryMonitor(database.connection, configured(), clock);
});
afterEach(async () => {
  monitor.onApplicationShutdown();
  await database.drop();
});

const requestOf = (name: string): Work => ({ name, correlationId: `id of ${name}`, queries: 0 });
const during = <T>(work: Work, act: () => T): T =>
  runInContext(newContext('id', platformPrincipal('admin', 'k'), false, undefined, work), act);
const ask = (status = 'active') => things.findOne({ status });
const counts = () =>
  Object.fromEntries(monitor.queries.map(({ shape, windows }) => [shape.text, windows.over('60s').durations.count]));
const only = (): MonitoredQuery => {
  const [query, ...others] = monitor.queries;
  if (query === undefined || others.length > 0) throw new Error(`there are ${monitor.queries.length} shapes`);
  return query;
};

/** Queries are slow meanwhile, as nobody looks at their answers for so long. */
async function slowly(work: () => Promise<unknown>): Promise<void> {
  const stop = observeCommands(database.connection.getClient(), () => {
    process.nextTick(() => {
      const until = performance.now() + SLOW_MS + 50;
      while (performance.now() < until);
    });
    return undefined;
  });
  await work().finally(stop);
}

describe('the monitor', () => {
  it('counts queries by their shape, whatever their values', async () => {
    for (const status of ['active', 'archived', 'unheard of']) await ask(status);
    await things.findOne({ name: 'active' });
    expect(counts()).toEqual({ 'find things {status: ?}': 3, 'find things {name: ?}': 1 });
  });

  it('counts those that fail', async () => {
    await things
      .aggregate([{ $noSuchStage: 1 }])
      .toArray()
      .catch(() => undefined);
    const { failed, durations } = only().windows.over('60s');
    expect([failed, durations.count]).toEqual([1, 1]);
  });

  it('says since when a shape was not seen, and forgets its count with the window', async () => {
    const before = Date.now();
    await ask();
    expect(only().lastSeen.getTime()).toBeGreaterThanOrEqual(before);
    for (let slot = 0; slot < 7; slot += 1) clock.turn();
    expect(['60s', 'start'].map((window) => only().windows.over(window as '60s').durations.count)).toEqual([0, 1]);
  });

  it('wants the plan of a shape once, when it is new', async () => {
    const wanted: string[] = [];
    monitor.onPlanWanted(({ shape }, command) => wanted.push(`${shape.text} with ${command['filter'].status}`));
    await ask('one');
    await ask('two');
    expect(wanted).toEqual(['find things {status: ?} with one']);
  });

  it('keeps so many shapes, and counts all others as one, whose plan nobody wants', async () => {
    let wanted = 0;
    monitor.onPlanWanted(() => {
      wanted += 1;
    });
    for (let batch = 0; batch < 10; batch += 1) {
      await Promise.all(Array.from({ length: 35 }, (_, at) => things.findOne({ [`field${batch * 35 + at}`]: 1 })));
    }
    const all = counts();
    expect([monitor.queries.length, all['other'], wanted]).toEqual([301, 50, 300]);
  });

  it('knows what was slow, for whom and when, the latest first, and a few of them', async () => {
    const wanted: unknown[] = [];
    monitor.onPlanWanted((_query, command, slow) => wanted.push([command['filter'], slow?.by]));
    await ask();
    await during(requestOf('GET /things'), () => slowly(() => ask('first')));
    await runAsService('import', () => slowly(() => ask('second')));
    const { latestSlow, windows } = only();
    expect(windows.over('60s').slow).toBe(2);
    expect(latestSlow.map(({ by, correlationId }) => [by, correlationId])).toEqual([
      ['import', undefined],
      ['GET /things', 'id of GET /things'],
    ]);
    expect(latestSlow.every(({ ms }) => ms > SLOW_MS)).toBe(true);
    expect(wanted).toEqual([
      [{ status: 'active' }, undefined],
      [{ status: 'first' }, 'GET /things'],
      [{ status: 'second' }, 'import'],
    ]);
  });

  it('knows by whom a shape was sent, up to a bound', async () => {
    for (let at = 0; at < 30; at += 1) await during(requestOf(`GET /${at}`), () => ask());
    await ask();
    expect([...only().by]).toEqual(Array.from({ length: 20 }, (_, at) => `GET /${at}`));
  });

  it('sees nothing where nothing is to be measured, nor once it is stopped', async () => {
    const off = new QueryMonitor(database.connection, configured({ METRICS_ENABLED: 'false' }), new WindowClock());
    await ask();
    monitor.onApplicationShutdown();
    await ask();
    expect([off.queries.length, only().windows.over('60s').durations.count]).toEqual([0, 1]);
  });
});

describe('a query is counted on the request that it is sent for', () => {
  let one: Work;
  let other: Work;
  beforeEach(() => {
    one = requestOf('GET /one');
    other = requestOf('GET /other');
  });
  const cost = () => [one.queries, other.queries];

  it('though others are answered at the same time', async () => {
    await Promise.all([
      during(one, () => Promise.all([ask(), ask()])),
      ask(),
      during(other, () =>
        ask()
          .then(() => ask())
          .then(() => ask()),
      ),
    ]);
    expect(cost()).toEqual([2, 3]);
    expect([...only().by].toSorted()).toEqual(['GET /one', 'GET /other']);
  });

  it('once, on the one that began a load that others wait for too', async () => {
    const flights = new Flights<unknown>();
    const join = () => flights.join('same', (wanted) => runShared(wanted, () => ask()));
    await Promise.all([during(one, join), during(other, join)]);
    expect(cost()).toEqual([1, 0]);
  });

  it('though the load had to wait for one that another had begun', async () => {
    const flights = new Flights<unknown>();
    const next = () => flights.next('same', (wanted) => runShared(wanted, () => ask()));
    await Promise.all([during(one, next), during(other, next)]);
    expect(cost()).toEqual([1, 1]);
  });

  it('though a DataLoader has put many loads together', async () => {
    const load = (id: string) =>
      requestLoader(
        'things',
        async (ids) => {
          await things.find({ status: { $in: [...ids] } }).toArray();
          return ids;
        },
        0,
      ).load(id);
    const many = (ids: readonly string[]) => Promise.all(ids.map(load));
    await Promise.all([during(one, () => many(['a', 'b', 'c'])), during(other, () => many(['c', 'd']))]);
    expect(cost()).toEqual([1, 1]);
  });

  it('with the commit of its transaction', async () => {
    await during(one, () =>
      database.connection.transaction(async (session) => {
        await things.findOne({ status: 'active' }, { session });
        await things.insertOne({ status: 'new' }, { session });
      }),
    );
    expect(cost()).toEqual([3, 0]);
  });

  it('though it had to wait for its turn at the database', async () => {
    // Of five connections four are not for requests.
    const gate = new DatabaseGate(database.connection, configured({ MONGODB_MAX_POOL_SIZE: '5' }));
    expect(gate.limit.state.limit).toBe(1);
    const read = () => gate.read(() => ask());
    const waits: number[] = [];
    const asked = [during(one, read), during(other, read), during(other, read)];
    waits.push(gate.limit.state.waiting);
    await Promise.all(asked);
    gate.onApplicationShutdown();
    expect([cost(), waits]).toEqual([[1, 2], [2]]);
  });
});
