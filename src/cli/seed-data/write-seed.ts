import { type Collection, type Db, MongoBulkWriteError } from 'mongodb';
import { formatted } from '../command-line.js';
import type { Progress } from '../progress.js';
import { type SeedDocument, seedCollections } from './collections.js';
import type { DirectoryPlan } from './plan.js';

/** With about 55 search terms a document in two indexes, more make the stand-in's transactions outgrow its cache. */
const BATCH = 250;
const DUPLICATE_KEY = 11_000;

export interface SeedCounts {
  readonly made: number;
  readonly alreadyThere: number;
}

/**
 * Writes the planned documents past the service, as fast as the database takes them. What is there
 * already stays as it is, so that running it again completes what was interrupted and else does nothing.
 */
export async function writeSeed(db: Db, plan: DirectoryPlan, progress: Progress): Promise<SeedCounts> {
  const counts = { made: 0, alreadyThere: 0 };
  for (const { name, expected, documents } of seedCollections(plan)) {
    progress.begin(name, expected);
    const collection = db.collection<SeedDocument>(name);
    const again = (await collection.findOne({}, { projection: { _id: 1 } })) !== null;
    const begun = performance.now();
    let done = 0;
    const rate = () => `${formatted(done)}, ${formatted(Math.round((1000 * done) / (performance.now() - begun)))}/s`;
    // One batch is made while the one before it is being written.
    let writing: Promise<number> = Promise.resolve(0);
    for (const batch of batchesOf(documents(), BATCH)) {
      counts.made += await writing;
      progress.reach(done, rate());
      done += batch.length;
      writing = again ? insertMissing(collection, batch) : insert(collection, batch);
    }
    counts.made += await writing;
    counts.alreadyThere += done;
    progress.end(rate());
  }
  return { made: counts.made, alreadyThere: counts.alreadyThere - counts.made };
}

type Seeded = Collection<SeedDocument>;
type Batch = readonly SeedDocument[];

/** Asking for the ids first is quicker than a refusal for each. */
async function insertMissing(collection: Seeded, batch: Batch): Promise<number> {
  const ids = { _id: { $in: batch.map(({ _id }) => _id) } };
  const found = await collection.find(ids, { projection: { _id: 1 } }).toArray();
  const there = new Set(found.map(({ _id }) => _id.toHexString()));
  const missing = batch.filter(({ _id }) => !there.has(_id.toHexString()));
  return missing.length === 0 ? 0 : insert(collection, missing);
}

/** @returns how many were made; duplicates are left alone */
async function insert(collection: Seeded, batch: Batch): Promise<number> {
  try {
    return (await collection.insertMany(batch, { ordered: false })).insertedCount;
  } catch (error) {
    if (!(error instanceof MongoBulkWriteError)) throw error;
    const errors = Array.isArray(error.writeErrors) ? error.writeErrors : [error.writeErrors];
    if (errors.length === 0 || errors.some(({ code }) => code !== DUPLICATE_KEY)) throw error;
    return error.insertedCount;
  }
}

function* batchesOf<Item>(items: Iterable<Item>, size: number): Generator<Item[]> {
  let batch: Item[] = [];
  for (const item of items) {
    batch.push(item);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
