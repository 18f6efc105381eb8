import type { Connection } from 'mongoose';

interface SecretDocument {
  readonly _id: string;
  readonly value: string;
}

/**
 * A secret that all processes over this database share, made by the first that asks. Majority write and
 * read: a process that has used it can't see it change after a failover.
 */
export async function sharedSecret(connection: Connection, name: string, make: () => string): Promise<string> {
  const secrets = connection.getClient().db(connection.name).collection<SecretDocument>('service_secrets');
  const kept = await secrets.findOneAndUpdate(
    { _id: name },
    { $setOnInsert: { value: make() } },
    { upsert: true, returnDocument: 'after', writeConcern: { w: 'majority' } },
  );
  if (kept === null) throw new Error(`The secret ${name} could not be kept`);
  return kept.value;
}
