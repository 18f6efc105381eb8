import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { MongoClient } from 'mongodb';
import { startEmbeddedServers } from '../../src/embedded/index.js';
import { settledRedis } from '../../test/support/settled-redis.js';
import { endsWithUs } from './interruption.js';
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
export const DIRECTORY = 'enterprise_bench_directory';
export const SCRATCH = 'enterprise_bench';

/** The real clinics and organizations, where they lie beside the project. */
const REAL = '../shared/data';

/**
 * The stand-in for MongoDB reads whole collections for a summary: of 200,000 clinics twenty at once take 24 GB, of 20,000 each
 * takes seconds, which all others wait for.
 */
const SEEDED = { mongod: 200_000, standIn: 2_000 } as const;

/**
 * Servers with the real clinics and a seeded directory of so many more. Data are kept, in bench/.data where the environment names no
 * server: seeding takes minutes, and the next run begins with what is there.
 * @param asked how many clinics to seed; as many as the server can bear unless given
 */
export async function preparedServers(asked: number | undefined, tell: (line: string) => void): Promise<Prepared> {
  const dataDir = `bench/.data/${asked ?? 'usual'}`;
  const servers = await startEmbeddedServers({ dataDir, queryPlans: 'mongod-like', log: tell });
  const { mongodbUri, redisUrl } = servers;
  try {
    await settledRedis(redisUrl);
    const client = await new MongoClient(mongodbUri).connect();
    await client.db(SCRATCH).dropDatabase();
    const machine = await machineOf(client, redisUrl);
    const clinics = asked ?? (machine.mongodb.startsWith('mongod ') ? SEEDED.mongod : SEEDED.standIn);
    const seeds = client.db(DIRECTORY).collection('seeds');
    if ((await seeds.findOne({ clinics })) === null) {
      const environment = { MONGODB_URI: mongodbUri, REDIS_URL: redisUrl, MONGODB_DATABASE: DIRECTORY };
      await fill(clinics, environment, tell);
      await seeds.insertOne({ clinics });
    }
    const begun = new Date();
    return {
      mongodbUri,
      redisUrl,
      machine,
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
  endsWithUs(child);
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
