import mongoose, { type Connection } from 'mongoose';
import type { Configuration } from '../config/configuration.js';

/** Opens the service's database alone, for what a command does past the service, and closes it afterwards. */
export async function withDatabase<T>(
  { mongodb }: Configuration,
  use: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = mongoose.createConnection(mongodb.uri, {
    dbName: mongodb.database,
    serverSelectionTimeoutMS: 10_000,
    writeConcern: { w: 'majority' },
    appName: 'enterprise-service-command',
  });
  try {
    return await use(await connection.asPromise());
  } finally {
    await connection.close();
  }
}
