import type { Configuration } from '../../config/configuration.js';
import { withDatabase } from '../database.js';
import { LineProgress } from '../progress.js';
import { DirectoryPlan } from './plan.js';
import { writeSeed } from './write-seed.js';

/** Seed 0 is the demo's own: `npm run seed` begins at 1. */
const demoPlan = () =>
  new DirectoryPlan({
    seed: 0,
    clinics: 12,
    providers: 18,
    clinicsPerOrganization: 4,
    start: new Date('2026-01-05T08:00:00Z'),
    minutesApart: 10 * 24 * 60,
  });

/**
 * Gives an empty database a few organizations, clinics, providers and assignments, so that the first
 * requests show something. A database with an organization is left as it is.
 * @returns how many documents it made
 */
export function makeDemoData(configuration: Configuration): Promise<number> {
  return withDatabase(configuration, async (connection) => {
    const db = connection.getClient().db(connection.name);
    if ((await db.collection('organizations').findOne({}, { projection: { _id: 1 } })) !== null) return 0;
    const { made } = await writeSeed(db, demoPlan(), new LineProgress(() => undefined));
    return made;
  });
}
