import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Collection } from 'mongodb';
import {
  FENCE_KEPT_SECONDS,
  type FenceDocument,
  FenceLost,
  MongoFenceLog,
} from '../../src/common/cache/mongo-fence-log.js';
import { type ScratchDatabase, scratchDatabase } from '../support/scratch-database.js';

let database: ScratchDatabase;
let collection: Collection<FenceDocument>;
let names: Collection<{ readonly _id: string }>;
beforeAll(async () => {
  database = await scratchDatabase();
  const db = database.connection.getClient().db(database.name);
  collection = db.collection('cache_fences');
  names = db.collection('names');
  await new MongoFenceLog(collection).prepare();
  await names.insertOne({ _id: 'the collection is there before any transaction' });
});
afterAll(() => database.drop());

let id: string;
let log: MongoFenceLog;
/** Another process's. */
let other: MongoFenceLog;
beforeEach(() => {
  id = randomUUID();
  [log, other] = [new MongoFenceLog(collection), new MongoFenceLog(collection)];
});

const seenBy = async (reader: MongoFenceLog, fence = id) =>
  (await reader.changed()).find((found) => found.id === fence);

/** A write that ends its fence in its own transaction and then does this. */
const writeBehindFence = (then: () => void = () => undefined): Promise<unknown> =>
  database.connection.getClient().withSession((session) =>
    session.withTransaction(async () => {
      await names.insertOne({ _id: id }, { session });
      await log.endWithin(session, id);
      then();
    }),
  );
const isWritten = async (): Promise<boolean> => (await names.findOne({ _id: id })) !== null;

describe('a fence', () => {
  beforeEach(() => log.open(id, ['clinic 1', 'lists']));

  it('is seen by others with its tags', async () => {
    expect(await seenBy(other)).toEqual({ id, tags: ['clinic 1', 'lists'], pending: true });
  });

  it('is seen by who has read the log before', async () => {
    await other.changed();
    const later = randomUUID();
    await log.open(later, ['clinic 2']);
    expect(await seenBy(other, later)).toEqual({ id: later, tags: ['clinic 2'], pending: true });
  });

  it('is seen to have ended', async () => {
    await other.changed();
    await log.end(id);
    expect(await seenBy(other)).toMatchObject({ pending: false });
  });

  it('that has ended stays as it is when it is ended again', async () => {
    await log.end(id);
    const before = await collection.findOne({ _id: id });
    await other.end(id);
    expect(await collection.findOne({ _id: id })).toEqual(before);
  });

  it('is kept for others for a while when it has ended', async () => {
    await log.end(id);
    expect(await seenBy(new MongoFenceLog(collection))).toMatchObject({ pending: false });
  });
});

describe('a write behind a fence', () => {
  beforeEach(() => log.open(id, ['clinic 1']));

  it('ends it as it commits', async () => {
    await writeBehindFence();
    expect([await isWritten(), (await seenBy(other))?.pending]).toEqual([true, false]);
  });

  it('leaves it pending when it aborts', async () => {
    const aborted = writeBehindFence(() => {
      throw new Error('no such clinic');
    });
    await expect(aborted).rejects.toThrow('no such clinic');
    expect((await seenBy(other))?.pending).toBe(true);
  });

  it('fails when others have given it up', async () => {
    await other.end(id);
    await expect(writeBehindFence()).rejects.toThrow(FenceLost);
  });

  it('has written nothing then', async () => {
    await other.end(id);
    await writeBehindFence().catch(() => undefined);
    expect(await isWritten()).toBe(false);
  });

  it('fails when nobody knows its fence', async () => {
    await collection.deleteOne({ _id: id });
    await expect(writeBehindFence()).rejects.toThrow(FenceLost);
  });
});

describe('a process that has read the log', () => {
  it('is told of an end that was dated before its reading and committed after', async () => {
    const latest = await latestOf();
    await log.open(id, ['clinic 1']);
    await other.changed();
    await collection.updateOne({ _id: id }, { $set: { state: 'ended', changedAt: new Date(latest - 60_000) } });
    expect(await seenBy(other)).toMatchObject({ pending: false });
  });

  it('is not told again of what is long over', async () => {
    const latest = await latestOf();
    await log.open(id, ['clinic 1']);
    await log.end(id);
    await collection.updateOne({ _id: id }, { $set: { changedAt: new Date(latest - 600_000) } });
    await log.open(randomUUID(), ['clinic 2']);
    await other.changed();
    expect(await seenBy(other)).toBeUndefined();
  });

  async function latestOf(): Promise<number> {
    await log.open(randomUUID(), ['clinic 2']);
    const found = await collection.find().sort({ changedAt: -1 }).limit(1).toArray();
    return found[0]?.changedAt.getTime() ?? 0;
  }
});

it('fences are removed when nobody can have missed them', async () => {
  const indexes = await collection.indexes();
  expect(indexes).toContainEqual(
    expect.objectContaining({ key: { changedAt: 1 }, expireAfterSeconds: FENCE_KEPT_SECONDS }),
  );
});
