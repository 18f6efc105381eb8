import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { MongoClient } from 'mongodb';
import { startEmbeddedServers } from '../../src/embedded/index.js';
import { settledRedis } from '../../test/support/settled-redis.js';
import type { Data, Machine } from './results.js';
import { machineOf } from './this-machine.js';

export interface Prepared {
  readonly mongodbUri: string;
  readonly redisUrl: string;
  readonly machine: Machine;
  /** What the directory holds. */
  readonly data: Data;
  /** Removes what the benchmarks have made, and stops the servers. */
  stop(): Promise<void>;
}

/** The database with the directory, and the one for what benchmarks make for themselves. */
export const DIRECTORY = 'directory';
export const SCRATCH = 'bench';

/** The real clinics and organizations, where they lie beside the project. */
const REAL = '../shared/data';

/**
 * Servers with the real clinics and a seeded directory of so many more. Data are kept in bench/.data: seeding 200,000 takes minutes on
 * the stand-in for MongoDB, and the next run begins with what is there.
 */
export async function preparedServers(clinics: number, tell: (line: string) => void): Promise<Prepared> {
  const dataDir = `bench/.data/${clinics}`;
  const servers = await startEmbeddedServers({ dataDir, queryPlans: 'mongod-like', log: tell });
  const { mongodbUri, redisUrl } = servers;
  try {
    await settledRedis(redisUrl);
    const client = await new MongoClient(mongodbUri).connect();
    await client.db(SCRATCH).dropDatabase();
    const environment = { MONGODB_URI: mongodbUri, REDIS_URL: redisUrl, MONGODB_DATABASE: DIRECTORY };
    if (!existsSync(`${dataDir}/seeded`)) await fill(clinics, environment, tell);
    writeFileSync(`${dataDir}/seeded`, '');
    const begun = new Date();
    return {
      mongodbUri,
      redisUrl,
      machine: await machineOf(client, redisUrl),
      data: await dataOf(client),
      stop: async () => {
        await removeSince(client, begun);
        await client.close();
        await servers.stop();
      },
    };
  } catch (error) {
    await servers.stop();
    throw error;
  }
}

type Variables = Readonly<Record<string, string>>;

async function fill(clinics: number, environment: Variables, tell: (line: string) => void): Promise<void> {
  if (existsSync(REAL)) {
    const files = ['organizations', 'clinics'].flatMap((name) => [`--${name}`, `${REAL}/${name}.csv`]);
    await command(['dist/cli/import.js', ...files], environment, tell);
  }
  await command(['dist/cli/seed.js', '--clinics', String(clinics)], environment, tell);
}

async function command(args: readonly string[], environment: Variables, tell: (line: string) => void): Promise<void> {
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child.stdout.setEncoding('utf8').on('data', (text: string) => tell(text.trimEnd()));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${args[0]} ended with code ${code}`);
}

const COLLECTIONS = {
  organizations: 'organizations',
  clinics: 'clinics',
  providers: 'providers',
  assignments: 'provider_clinic_assignments',
} as const;

async function dataOf(client: MongoClient): Promise<Data> {
  const count = (name: keyof typeof COLLECTIONS) =>
    client.db(DIRECTORY).collection(COLLECTIONS[name]).estimatedDocumentCount();
  return {
    organizations: await count('organizations'),
    clinics: await count('clinics'),
    providers: await count('providers'),
    assignments: await count('assignments'),
  };
}

/** So that the next run begins with the same. */
async function removeSince(client: MongoClient, begun: Date): Promise<void> {
  const db = client.db(DIRECTORY);
  for (const name of [...Object.values(COLLECTIONS), 'api_keys', 'audit_entries']) {
    await db.collection(name).deleteMany({ createdAt: { $gte: begun } });
  }
}
