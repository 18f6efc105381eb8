import { type Document, MongoClient, ObjectId } from 'mongodb';
import { makeKey } from './api.js';
import { DIRECTORY } from './prepared-servers.js';

/** An organization of the seeded directory, a key to it, and some of what belongs to it. */
export interface SeededGroup {
  readonly organizationId: string;
  /** Of an admin of the organization. */
  readonly key: string;
  /** Ids; all of them live. */
  readonly clinics: readonly string[];
  readonly providers: readonly string[];
  readonly assignments: readonly string[];
  /** Beginnings of names that are found. */
  readonly searches: readonly string[];
}

/** From the oldest, which is by far the largest, to young ones. */
const GROUPS = 10;
const OF_A_GROUP = 40;

/** Picks them from the database, and has the service make a key of each. */
export async function seededGroups(service: string, adminKey: string, mongodbUri: string): Promise<SeededGroup[]> {
  const client = await new MongoClient(mongodbUri).connect();
  try {
    const db = client.db(DIRECTORY);
    const some = (collection: string, filter: Document): Promise<Document[]> =>
      db.collection(collection).find(filter, { limit: OF_A_GROUP }).toArray();
    const ids = (documents: readonly Document[]) => documents.map(({ _id }) => String(_id));
    const organizations = spread(await seededOrganizations(client), GROUPS);
    const groups: SeededGroup[] = [];
    for (const _id of organizations) {
      const active = { organizationId: _id, status: 'active' };
      const clinics = await some('clinics', active);
      groups.push({
        organizationId: String(_id),
        key: await makeKey(service, adminKey, String(_id), 'admin'),
        clinics: ids(clinics),
        providers: ids(await some('providers', active)),
        assignments: ids(await some('provider_clinic_assignments', { organizationId: _id, isActive: true })),
        searches: [...new Set(clinics.map(({ name }) => String(name).slice(0, 5)))],
      });
    }
    // The youngest may have nobody yet.
    return groups.filter(({ clinics, providers, assignments }) => clinics[0] && providers[0] && assignments[0]);
  } finally {
    await client.close();
  }
}

/** Oldest first; those of the import, which have no providers, are younger. */
async function seededOrganizations(client: MongoClient): Promise<readonly ObjectId[]> {
  const seeded = { status: 'active', _id: { $lt: ObjectId.createFromTime(Date.UTC(2020) / 1000) } };
  const found = client
    .db(DIRECTORY)
    .collection('organizations')
    .find(seeded, { sort: { _id: 1 } });
  return (await found.toArray()).map(({ _id }) => _id);
}

const spread = <Item>(items: readonly Item[], count: number): readonly Item[] =>
  items.filter((_, at) => Math.floor((at * count) / items.length) !== Math.floor(((at - 1) * count) / items.length));
