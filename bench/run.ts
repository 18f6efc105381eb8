/** The command `npm run bench`. */
import { parseArgs } from 'node:util';
import { reportPage } from './report/page.js';
import { progress } from './report/progress.js';
import { reportTable } from './report/table.js';
import { connections } from './scenarios/connections.js';
import { database } from './scenarios/database.js';
import { flows } from './scenarios/flows.js';
import { gauges } from './scenarios/gauges.js';
import { leak } from './scenarios/leak.js';
import { peers } from './scenarios/peers.js';
import { phases } from './scenarios/phases.js';
import { routes } from './scenarios/routes.js';
import { judge } from './support/budgets.js';
import { PAGE, RESULTS, readThresholds, write } from './support/files.js';
import { interrupted, stopOnSignals } from './support/interruption.js';
import { DIRECTORY, type Prepared, preparedServers, SCRATCH } from './support/prepared-servers.js';
import type { Program } from './support/program.js';
import type { Part, Results } from './support/results.js';
import type { Bench } from './support/scenario.js';
import { type SeededGroup, seededGroups } from './support/seeded-groups.js';
import { withService } from './support/service.js';
import { thisCommit } from './support/this-machine.js';

const HELP = `Measures the service: latency at a fixed rate of arrivals, throughput in a closed loop, against bare programs, its memory.

  npm run bench -- [--only PART ...] [--seconds N] [--rounds N] [--clinics N] [--leak-requests N]

  --only PART        routes, connections, flows, phases, database, peers, gauges or leak; all unless given
  --seconds N        of one round (5)
  --rounds N         of what is compared (5)
  --clinics N        that are seeded, besides the real ones (200,000; 2,000 on a stand-in for MongoDB); kept
  --leak-requests N  of the leak check (200,000)

Writes bench/results/latest.json and latest.html; npm run bench:check judges them.`;

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '5' },
    clinics: { type: 'string' },
    'leak-requests': { type: 'string', default: '200000' },
    help: { type: 'boolean', default: false },
  },
});

/** How many things each part measures, one after the other. */
const STEPS: Readonly<Record<Part, number>> = {
  routes: 38,
  connections: 8,
  flows: 5,
  phases: 3,
  database: 1,
  peers: 4,
  gauges: 4,
  leak: 1,
};

const PARTS: readonly Part[] = ['routes', 'connections', 'flows', 'phases', 'database', 'peers', 'gauges', 'leak'];

type Variables = Readonly<Record<string, string>>;
type Measured<Name extends Part> = NonNullable<Results[Name]>;
type OnDirectory<Result> = (bench: Bench, service: Program, groups: readonly SeededGroup[]) => Promise<Result>;

/** Runs it on a service of its own over the seeded directory. */
const onDirectory =
  <Result>(groups: readonly SeededGroup[], measure: OnDirectory<Result>, further: Variables = {}) =>
  (bench: Bench): Promise<Result> =>
    withService({ ...bench.directory, ...further }, (service) => measure(bench, service, groups));

const partsOver = (
  groups: readonly SeededGroup[],
): { readonly [Name in Part]: (bench: Bench) => Promise<Measured<Name>> } => ({
  routes: onDirectory(groups, routes),
  connections: onDirectory(groups, connections),
  flows: onDirectory(groups, flows),
  phases: onDirectory(groups, phases, { SHED_EVENT_LOOP_DELAY_MS: '250' }),
  database: onDirectory(groups, database),
  peers,
  gauges,
  leak: (bench) => {
    bench.step('leak check');
    return leak(bench, { requests: Number(values['leak-requests']) });
  },
});

async function run(): Promise<void> {
  stopOnSignals(console.error);
  const begun = new Date();
  const prepared = await preparedServers(
    values.clinics === undefined ? undefined : Number(values.clinics),
    console.error,
  );
  try {
    const found = await measure(prepared);
    await report({
      format: 1,
      at: begun.toISOString(),
      tookSeconds: Math.round((Date.now() - begun.getTime()) / 1000),
      commit: thisCommit(),
      machine: prepared.machine,
      data: prepared.data,
      seconds: Number(values.seconds),
      rounds: Number(values.rounds),
      ...found,
    });
  } finally {
    await prepared.stop();
  }
}

async function measure(prepared: Prepared): Promise<Pick<Results, Part>> {
  const wanted = PARTS.filter((part) => values.only.length === 0 || values.only.includes(part));
  const shown = progress(wanted.reduce((steps, part) => steps + STEPS[part], 0));
  const bench: Bench = {
    adminKey: ADMIN_KEY,
    environment: variables(prepared, SCRATCH),
    directory: variables(prepared, DIRECTORY),
    seconds: Number(values.seconds),
    rounds: Number(values.rounds),
    step: (name) => shown.step(name),
  };
  const groups = await withService(bench.directory, ({ url }) => seededGroups(url, ADMIN_KEY, prepared.mongodbUri));
  const parts = partsOver(groups);
  const measured = async <Name extends Part>(name: Name): Promise<Measured<Name> | undefined> => {
    if (!wanted.includes(name)) return undefined;
    shown.part(name);
    return parts[name](bench);
  };
  try {
    return {
      routes: await measured('routes'),
      connections: await measured('connections'),
      flows: await measured('flows'),
      phases: await measured('phases'),
      database: await measured('database'),
      peers: await measured('peers'),
      gauges: await measured('gauges'),
      leak: await measured('leak'),
    };
  } finally {
    shown.done();
  }
}

const ADMIN_KEY = 'key-of-the-benchmarks';

const variables = ({ mongodbUri, redisUrl }: Prepared, database: string) => ({
  MONGODB_URI: mongodbUri,
  REDIS_URL: redisUrl,
  MONGODB_DATABASE: database,
  PLATFORM_ADMIN_KEY: ADMIN_KEY,
  NODE_ENV: 'development',
  LOG_LEVEL: 'warn',
});

async function report(results: Results): Promise<void> {
  // Of what was measured: bench:check also asks for what wasn't.
  const judged = judge(results, readThresholds()).filter(({ value }) => value !== null);
  write(RESULTS, `${JSON.stringify(results, null, 2)}\n`);
  write(PAGE, await reportPage(results, judged));
  console.log(reportTable(results));
  console.log(`${RESULTS} and ${PAGE}, in ${results.tookSeconds} s; npm run bench:check judges them`);
}

const unknown = values.only.filter((name) => !PARTS.some((part) => part === name));
if (values.help) console.log(HELP);
else if (unknown.length > 0) throw new Error(`There is no part ${unknown}; there are ${PARTS.join(', ')}`);
else {
  await run().catch((error: unknown) => {
    if (!interrupted.aborted) throw error;
    process.exitCode = 130;
  });
}
