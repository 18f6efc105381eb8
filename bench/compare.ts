import { mkdir, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { MongoClient } from 'mongodb';
import { startEmbeddedServers } from '../src/embedded/index.js';
import { settledRedis } from '../test/support/settled-redis.js';
import { comparedRounds, startsFor } from './comparison/compared.js';
import { LOADS } from './comparison/loads.js';
import { METRICS } from './comparison/metrics.js';
import { builtTrees, type Trees } from './comparison/trees.js';
import { type Judged, verdictTable } from './comparison/verdict-table.js';
import { interrupted, stopOnSignals } from './support/interruption.js';
import { machineOf } from './support/this-machine.js';
import { judge, TOLERATED } from './support/verdict.js';

const HELP = `npm run bench:compare -- <git ref> [--rounds 40] [--seconds 1] [--only <load>]...

Says whether the working tree, as it is, is slower than the ref. Both are built from copies, and run in turn under the same
loads: in a closed loop for throughput and processor time, at a fixed rate of arrivals for latency.

  --rounds   of each load, five or more. What they can show grows with their square root: 40 find 5 % in noise of 3.8 %,
             280 find 5 % in noise of 10 %
  --seconds  of each half of a round
  --only     ${Object.keys(LOADS).join(', ')}

Ends with 1 when something is slower by more than ${Math.round(100 * (TOLERATED - 1))} %, which is said when the interval of 99 % lies over that, and with 2 when the
comparison couldn't be made. All figures: bench/results/comparison.json`;

const RESULT = 'bench/results/comparison.json';
const ADMIN_KEY = 'key-of-the-benchmarks';
const DATABASES = { base: 'compare-base', head: 'compare-head' };

const tell = (line: string): void => console.error(line);

stopOnSignals(tell);
try {
  process.exitCode = await main();
} catch (error) {
  tell(`bench:compare: ${error instanceof Error ? error.message : error}`);
  process.exitCode = interrupted.aborted ? 130 : 2;
}

async function main(): Promise<number> {
  const options = parsed();
  if (options === undefined) {
    console.log(HELP);
    return 0;
  }
  const trees = await builtTrees(options.ref, tell, interrupted);
  try {
    return await compareTrees(trees, options);
  } finally {
    await trees.remove();
  }
}

interface Options {
  readonly ref: string;
  readonly rounds: number;
  readonly seconds: number;
  readonly only: readonly string[];
}

function parsed(): Options | undefined {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '40' },
      seconds: { type: 'string', default: '1' },
      only: { type: 'string', multiple: true, default: Object.keys(LOADS) },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const [ref, ...more] = positionals;
  if (ref === undefined || more.length > 0) throw new Error('name one git ref to compare with; --help tells more');
  const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)];
  if (!Number.isInteger(rounds) || rounds < 5) throw new Error('--rounds takes a whole number from 5');
  if (!Number.isInteger(seconds) || seconds < 1) throw new Error('--seconds takes a whole number from 1');
  const unknown = values.only.filter((name) => !Object.hasOwn(LOADS, name));
  if (unknown.length > 0) throw new Error(`there is no load ${unknown}; there are ${Object.keys(LOADS).join(', ')}`);
  return { ref, rounds, seconds, only: values.only };
}

async function compareTrees(trees: Trees, { ref, rounds, seconds, only }: Options): Promise<number> {
  const begun = new Date();
  const servers = await startEmbeddedServers({ queryPlans: 'mongod-like', log: tell });
  const client = new MongoClient(servers.mongodbUri);
  try {
    await settledRedis(servers.redisUrl);
    await dropDatabases(client);
    const side = (name: string, which: 'base' | 'head') => ({
      name,
      folder: trees[which],
      environment: {
        MONGODB_URI: servers.mongodbUri,
        // The keys of both begin with the names of their databases.
        REDIS_URL: servers.redisUrl,
        MONGODB_DATABASE: DATABASES[which],
        PLATFORM_ADMIN_KEY: ADMIN_KEY,
        NODE_ENV: 'development',
        LOG_LEVEL: 'warn',
      },
    });
    const starts = startsFor(rounds);
    tell(`${rounds} rounds of ${only.length} loads in ${starts} starts`);
    const compared = await comparedRounds({
      base: side(ref, 'base'),
      head: side('the working tree', 'head'),
      adminKey: ADMIN_KEY,
      loads: Object.fromEntries(Object.entries(LOADS).filter(([name]) => only.includes(name))),
      ...{ rounds, seconds, tell },
    });
    const judged = compared.flatMap(({ load, arrivals, rounds: taken }) =>
      METRICS.map((metric) => ({
        ...{ load, title: LOADS[load]?.title ?? load, arrivals, metric },
        ...judge(taken[metric]),
        base: taken[metric].map(({ base }) => base),
        head: taken[metric].map(({ head }) => head),
        starts: taken[metric].map(({ start }) => start),
      })),
    );
    await write({
      format: 1,
      at: begun.toISOString(),
      tookSeconds: Math.round((Date.now() - begun.getTime()) / 1000),
      base: { ref, commit: trees.baseCommit },
      head: { commit: trees.headCommit },
      machine: await machineOf(client, servers.redisUrl),
      ...{ rounds, starts, seconds },
      judged,
    });
    return report(judged);
  } finally {
    await dropDatabases(client).catch(() => undefined); // the reason why we are here says more
    await client.close();
    await servers.stop();
  }
}

async function dropDatabases(client: MongoClient): Promise<void> {
  for (const name of Object.values(DATABASES)) await client.db(name).dropDatabase();
}

async function write(result: unknown): Promise<void> {
  await mkdir('bench/results', { recursive: true });
  await writeFile(RESULT, `${JSON.stringify(result, null, 2)}\n`);
}

function report(judged: readonly Judged[]): number {
  console.log(verdictTable(judged));
  return judged.some(({ word }) => word === 'regression') ? 1 : 0;
}
