import type { Connection } from 'mongoose';
import type { IndexSpec } from '../resource/index-spec.js';

/** The indexes that one collection must have. */
export interface DeclaredIndexes {
  readonly collection: string;
  readonly indexes: readonly IndexSpec[];
}

/** How a database differs from what is declared. */
export interface IndexDifference {
  readonly collection: string;
  readonly index: IndexSpec;
  readonly problem: 'missing' | 'different';
}

/** Compares the database's indexes with the declared ones. Indexes that nobody declared are left alone. */
export async function compareIndexes(
  connection: Connection,
  declared: readonly DeclaredIndexes[],
): Promise<IndexDifference[]> {
  const differences = await Promise.all(
    declared.map(async (one) => differencesOf(one, await existingIndexes(connection, one.collection))),
  );
  return differences.flat();
}

/** How a collection with these indexes differs from what is declared. */
export const differencesOf = (
  { collection, indexes }: DeclaredIndexes,
  existing: readonly ExistingIndex[],
): IndexDifference[] =>
  indexes.flatMap((index): IndexDifference[] => {
    const found = existing.find(({ name }) => name === index.name);
    if (found === undefined) return [{ collection, index, problem: 'missing' }];
    return signature(found) === signature({ ...index, key: index.keys, partialFilterExpression: index.where })
      ? []
      : [{ collection, index, problem: 'different' }];
  });

/**
 * Creates what is missing, and makes anew what differs.
 * @param note told of each index before it is made
 */
export async function createIndexes(
  connection: Connection,
  declared: readonly DeclaredIndexes[],
  note: (difference: IndexDifference) => void = () => undefined,
): Promise<void> {
  for (const difference of await compareIndexes(connection, declared)) {
    const collection = connection.collection(difference.collection);
    note(difference);
    const { name, keys, unique, where, expireAfterSeconds } = difference.index;
    if (difference.problem === 'different') await collection.dropIndex(name);
    await collection.createIndex(
      { ...keys },
      {
        name,
        ...(unique && { unique }),
        ...(where && { partialFilterExpression: where }),
        ...(expireAfterSeconds !== undefined && { expireAfterSeconds }),
      },
    );
  }
}

/** An index as the database tells of it. */
export interface ExistingIndex {
  readonly name?: string;
  readonly key: Readonly<Record<string, unknown>>;
  readonly unique?: boolean;
  readonly partialFilterExpression?: unknown;
  readonly expireAfterSeconds?: number;
}

const NAMESPACE_NOT_FOUND = 26;

/** The indexes of a collection; none where there is no such collection. */
export async function existingIndexes(connection: Connection, collection: string): Promise<readonly ExistingIndex[]> {
  try {
    return await connection.collection(collection).listIndexes().toArray();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === NAMESPACE_NOT_FOUND) return [];
    throw error;
  }
}

const signature = ({ key, unique, partialFilterExpression, expireAfterSeconds }: Omit<ExistingIndex, 'name'>): string =>
  JSON.stringify([Object.entries(key), unique === true, partialFilterExpression ?? null, expireAfterSeconds ?? null]);
