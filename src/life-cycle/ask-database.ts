import { MongoClient } from 'mongodb';
import { isDatabaseAway } from '../common/database/database-failures.js';

const WITHIN_MS = 2_000;

/** Whether an error says that the database can't be reached now; anything else, such as a wrong password, won't pass. */
export const isAway = (error: unknown): boolean =>
  isDatabaseAway(error) ||
  // Mongoose's own, which isn't one of the driver's.
  (error instanceof Error && error.name === 'MongooseServerSelectionError') ||
  // Names that can't be resolved (mongodb+srv).
  (error instanceof Error && 'syscall' in error);

/**
 * Asks whether the database can be read and written, two seconds at most.
 * @returns why it can't be reached, or undefined when it answers
 * @throws what is wrong with the configuration rather than with the database
 */
export async function askDatabase(uri: string): Promise<string | undefined> {
  const client = new MongoClient(uri, {
    serverSelectionTimeoutMS: WITHIN_MS,
    connectTimeoutMS: WITHIN_MS,
    maxPoolSize: 1,
    minPoolSize: 0,
  });
  const signal = AbortSignal.timeout(WITHIN_MS);
  const tooLate = new Promise<string>((resolve) => {
    signal.addEventListener('abort', () => resolve(`no answer within ${WITHIN_MS} ms`));
  });
  try {
    // The primary is asked; without one there is no answer.
    const ping = client.db('admin').command({ ping: 1 }, { signal });
    return await Promise.race([ping.then(() => undefined), tooLate]);
  } catch (error) {
    if (signal.aborted || isAway(error)) return error instanceof Error ? error.message : String(error);
    throw error;
  } finally {
    void client.close().catch(() => undefined);
  }
}
