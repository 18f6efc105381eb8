import { ObjectId } from 'mongodb';

let counter = 0;
/** A clinic as a sync job would write it, past the service. */
export function syncedClinic(organizationId: ObjectId, fields: object = {}) {
  counter += 1;
  const now = new Date();
  const name = `Synced ${counter}`;
  return {
    _id: new ObjectId(),
    organizationId,
    name,
    code: `SYNC-${counter}`,
    status: 'active',
    searchTerms: [],
    holds: 0,
    version: 1,
    createdAt: now,
    updatedAt: now,
    ...fields,
  };
}
