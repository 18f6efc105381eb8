import { randomBytes } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type Db, MongoClient } from 'mongodb';
import { parseConfiguration } from '../../src/config/configuration.js';
import { createService } from '../../src/main.js';
import { ApiClient } from './api-client.js';

export const PLATFORM_KEY = 'platform-key-of-the-tests';

/** A whole service over the real servers of the run, with a database of its own. */
export interface TestService {
  readonly app: NestFastifyApplication;
  /** Calls the API as the platform admin. */
  readonly api: ApiClient;
  /** The service's database, from outside. */
  readonly db: Db;
  /** http://127.0.0.1:port */
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts a service in this process; variables override those of the environment. */
export async function startService(variables: Readonly<Record<string, string>> = {}): Promise<TestService> {
  const mongodbUri = required('TEST_MONGODB_URI');
  const database = `test_${randomBytes(6).toString('hex')}`;
  const app = await createService(
    parseConfiguration({
      NODE_ENV: 'test',
      HOST: '127.0.0.1',
      PORT: '0',
      MONGODB_URI: mongodbUri,
      MONGODB_DATABASE: database,
      MONGODB_MIN_POOL_SIZE: '0',
      REDIS_URL: required('TEST_REDIS_URL'),
      PLATFORM_ADMIN_KEY: PLATFORM_KEY,
      // All tests of a run come from one address.
      AUTH_FAILED_LOGINS_PER_MINUTE: '100000',
      // The tests' own work holds up the event loop that the service shares with them.
      SHED_EVENT_LOOP_DELAY_MS: '0',
      LOG_LEVEL: 'error',
      ...variables,
    }),
  );
  await app.listen(0, '127.0.0.1');
  const url = (await app.getUrl()).replace('[::1]', '127.0.0.1');
  const outside = await new MongoClient(mongodbUri).connect();
  const db = outside.db(variables['MONGODB_DATABASE'] ?? database);
  return {
    app,
    api: new ApiClient(`${url}/api/v1`, PLATFORM_KEY),
    db,
    url,
    stop: async () => {
      await app.close();
      // One that was named is somebody else's.
      if (variables['MONGODB_DATABASE'] === undefined) await db.dropDatabase();
      await outside.close();
    },
  };
}

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: run the tests with npm test`);
  return value;
}
