import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Collection, type Db, type Document, MongoClient } from 'mongodb';
import { observeCommands } from './driver-commands.js';

/** A command, by what tells it from others, and what became of it. */
interface Told {
  readonly name: string;
  readonly database: string;
  readonly target: unknown;
  outcome?: 'succeeded' | 'failed';
}

/** What the driver sends for itself. */
const HOUSEKEEPING: ReadonlySet<string> = new Set(['hello', 'endSessions']);

const database = `test_${randomBytes(6).toString('hex')}`;
const clients: MongoClient[] = [];

async function connect(options = {}): Promise<MongoClient> {
  // biome-ignore lint/style/noProcessEnv: where the run's MongoDB is, which only its tests know
  const client = new MongoClient(process.env['TEST_MONGODB_URI'] ?? '', { monitorCommands: true, ...options });
  clients.push(client);
  return client.connect();
}

const told = (name: string, db: string, command: Document): Told => ({ name, database: db, target: command[name] });

/** As the driver's own events tell of them. */
function byEvents(client: MongoClient): readonly Told[] {
  const commands: Told[] = [];
  const byId = new Map<number, Told>();
  client.on('commandStarted', ({ commandName, databaseName, command, requestId }) => {
    if (HOUSEKEEPING.has(commandName)) return;
    const started = told(commandName, databaseName, command);
    commands.push(started);
    byId.set(requestId, started);
  });
  const ends = (requestId: number, outcome: 'succeeded' | 'failed') => {
    const ended = byId.get(requestId);
    if (ended !== undefined) ended.outcome = outcome;
  };
  client.on('commandSucceeded', ({ requestId }) => ends(requestId, 'succeeded'));
  client.on('commandFailed', ({ requestId }) => ends(requestId, 'failed'));
  return commands;
}

/** As they are observed; `stop` ends it. */
function observed(client: MongoClient): { readonly commands: readonly Told[]; readonly stop: () => void } {
  const commands: Told[] = [];
  const stop = observeCommands(client, ({ name, database: db, command }) => {
    if (HOUSEKEEPING.has(name)) return undefined;
    const started = told(name, db, command);
    commands.push(started);
    return (_ms, error) => {
      started.outcome = error === undefined ? 'succeeded' : 'failed';
    };
  });
  return { commands, stop };
}

let client: MongoClient;
let db: Db;
let things: Collection;
beforeEach(async () => {
  client = await connect();
  db = client.db(database);
  things = db.collection('things');
});
afterEach(async () => {
  await db.dropDatabase();
  await Promise.all(clients.splice(0).map((open) => open.close()));
});

const seed = () => things.insertMany(Array.from({ length: 7 }, (_, at) => ({ at, kind: at % 2 })));

/** What is done with a database, by what is special about it; each sees to it that it is. */
const WORK: Readonly<Record<string, () => Promise<unknown>>> = {
  'reads and writes': async () => {
    await things.findOne({ at: 3 });
    await things.insertOne({ at: 8 });
    await things.updateOne({ at: 8 }, { $set: { at: 9 } });
    await things.findOneAndUpdate({ at: 9 }, { $set: { at: 10 } });
    await things.deleteMany({ at: { $gt: 8 } });
    await things.countDocuments({ kind: 1 });
    await things.estimatedDocumentCount();
    await things.distinct('kind');
    await db.command({ ping: 1 });
    await things.createIndex({ at: 1 });
  },
  'a cursor that is read to its end in batches (getMore)': () => things.find({}, { batchSize: 2 }).toArray(),
  'a cursor that is given up (killCursors)': async () => {
    const cursor = things.find({}, { batchSize: 2 });
    await cursor.next();
    await cursor.close();
  },
  'an aggregation in batches (getMore)': () =>
    things.aggregate([{ $match: { at: { $gte: 0 } } }, { $sort: { at: 1 } }], { batchSize: 3 }).toArray(),
  'a transaction that is committed (commitTransaction)': () =>
    client.withSession((session) =>
      session.withTransaction(async () => {
        await things.insertOne({ at: 20 }, { session });
        await things.findOne({ at: 20 }, { session });
      }),
    ),
  'a transaction that is given up (abortTransaction)': () =>
    client.withSession(async (session) => {
      session.startTransaction();
      await things.insertOne({ at: 21 }, { session });
      await session.abortTransaction();
    }),
  'commands that fail': async () => {
    await things
      .aggregate([{ $noSuchStage: 1 }])
      .toArray()
      .catch(() => undefined);
    await db.command({ noSuchCommand: 1 }).catch(() => undefined);
    await things
      .find({ at: { $noSuchOperator: 1 } })
      .toArray()
      .catch(() => undefined);
  },
  'writes that are refused': async () => {
    await things.insertOne({ _id: things.dbName as never });
    await things.insertOne({ _id: things.dbName as never }).catch(() => undefined);
  },
  'much at the same time': () =>
    Promise.all(
      [1, 2, 3, 4, 5].flatMap((at) => [things.findOne({ at }), things.insertOne({ at }), db.command({ ping: 1 })]),
    ),
};

describe('whoever observes the commands of a client', () => {
  it.each(Object.entries(WORK))('is told the same as by its own events: %s', async (what, work) => {
    await seed();
    const events = byEvents(client);
    const { commands } = observed(client);
    await work();
    const [, expected] = /\((\w+)\)$/.exec(what) ?? [];
    if (expected !== undefined) expect(commands.map(({ name }) => name)).toContain(expected);
    expect(commands.some(({ outcome }) => outcome === 'failed')).toBe(what === 'commands that fail');
    expect(commands.length).toBeGreaterThan(0);
    expect(commands.every(({ outcome }) => outcome !== undefined)).toBe(true);
    expect(commands).toEqual(events);
  });

  it('is told of a failure as whoever has sent the command is', async () => {
    const errors: unknown[] = [];
    observeCommands(client, () => (_ms, error) => errors.push(error));
    const caught = await db.command({ noSuchCommand: 1 }).catch((error: unknown) => error);
    expect(errors).toEqual([caught]);
  });

  it('is told of none that another client of the process sends', async () => {
    const other = await connect();
    const [own, others] = [observed(client), observed(other)];
    await Promise.all([things.findOne({ at: 1 }), other.db(database).collection('others').findOne({})]);
    expect([own, others].map(({ commands }) => commands.map(({ target }) => target))).toEqual([['things'], ['others']]);
  });

  it('is told of none from the moment on that it has ended it, and others still are', async () => {
    const [first, second] = [observed(client), observed(client)];
    await things.findOne({});
    first.stop();
    first.stop();
    await things.findOne({});
    second.stop();
    await things.findOne({});
    expect([first.commands.length, second.commands.length]).toEqual([1, 2]);
  });

  it('learns how long it took, of which whoever has sent it has waited', async () => {
    const took: number[] = [];
    observeCommands(client, () => (ms) => took.push(ms));
    const begun = performance.now();
    await things.findOne({});
    const waited = performance.now() - begun;
    const [ms = -1] = took;
    expect(took).toHaveLength(1);
    expect([ms > 0, ms <= waited]).toEqual([true, true]);
  });

  it('is told in the context of whoever has it sent, though there was no connection free for it', async () => {
    const storage = new AsyncLocalStorage<number>();
    const narrow = await connect({ maxPoolSize: 1 });
    const seen: unknown[] = [];
    observeCommands(narrow, ({ command }) => {
      seen.push([command['filter'].at, storage.getStore()]);
      return undefined;
    });
    const ask = (at: number) => narrow.db(database).collection('things').findOne({ at });
    await Promise.all([1, 2, 3, 4].map((at) => storage.run(at, () => ask(at))));
    expect(seen).toHaveLength(4);
    expect(seen).toEqual(expect.arrayContaining([1, 2, 3, 4].map((at) => [at, at])));
  });
});
