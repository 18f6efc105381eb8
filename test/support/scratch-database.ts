import { randomBytes } from 'node:crypto';
import mongoose, { type Connection } from 'mongoose';

/** An empty database on the run's server, without a service over it. */
export interface ScratchDatabase {
  readonly name: string;
  readonly connection: Connection;
  drop(): Promise<void>;
}

/** @param name that of a database that is there, to look at it as a command does */
export async function scratchDatabase(name = `test_${randomBytes(6).toString('hex')}`): Promise<ScratchDatabase> {
  const connection = await mongoose
    .createConnection(process.env['TEST_MONGODB_URI'] ?? '', { dbName: name, minPoolSize: 0 })
    .asPromise();
  return {
    name,
    connection,
    drop: async () => {
      await connection.dropDatabase();
      await connection.close();
    },
  };
}
