import type { Connection } from 'mongoose';
import { createIndexes } from '../common/database/index-check.js';
import { declaredIndexes } from '../schemas/index.js';
import type { Progress } from './progress.js';
import { DirectoryPlan } from './seed-data/plan.js';
import { type SeedCounts, writeSeed } from './seed-data/write-seed.js';

export interface SeedOptions {
  readonly seed: number;
  readonly clinics: number;
  /** Half as many as clinics unless given. */
  readonly providers?: number | undefined;
}

/** The plan of a large data set; 200,000 clinics fill two years. */
export const seedPlan = ({ seed, clinics, providers = Math.ceil(clinics / 2) }: SeedOptions): DirectoryPlan =>
  new DirectoryPlan({
    seed,
    clinics,
    providers,
    clinicsPerOrganization: 100,
    start: new Date('2017-01-02T08:00:00Z'),
    minutesApart: 5,
  });

/**
 * Makes the indexes and then the documents. The other way round is no quicker where it matters: the
 * stand-in builds an index in one transaction, which stalls from some 5,000 clinics on.
 */
export async function runSeed(connection: Connection, options: SeedOptions, progress: Progress): Promise<SeedCounts> {
  const plan = seedPlan(options);
  const db = connection.getClient().db(connection.name);
  try {
    await createIndexes(connection, declaredIndexes);
    return await writeSeed(db, plan, progress);
  } finally {
    progress.stop();
  }
}
