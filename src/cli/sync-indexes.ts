import type { Connection } from 'mongoose';
import { compareIndexes, createIndexes, type IndexDifference } from '../common/database/index-check.js';
import { declaredIndexes } from '../schemas/index.js';

export interface SyncOptions {
  /** Only tell. */
  readonly dryRun: boolean;
  readonly log: (line: string) => void;
}

/**
 * Makes the declared indexes, with a line for each.
 * @returns whether the database has them all now
 */
export async function syncIndexes(connection: Connection, { dryRun, log }: SyncOptions): Promise<boolean> {
  if (!dryRun) await createIndexes(connection, declaredIndexes, (difference) => log(`making ${inWords(difference)}`));
  const left = await compareIndexes(connection, declaredIndexes);
  for (const difference of left) log(`not as declared: ${inWords(difference)}`);
  const count = declaredIndexes.reduce((sum, { indexes }) => sum + indexes.length, 0);
  if (left.length === 0) log(`All ${count} indexes are as declared.`);
  return left.length === 0;
}

const inWords = ({ collection, index, problem }: IndexDifference): string =>
  `${collection}.${index.name} (${problem === 'missing' ? 'was missing' : 'was different'})`;
