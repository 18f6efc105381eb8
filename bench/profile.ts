import { mkdirSync, writeFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { startEmbeddedServers } from '../src/embedded/index.js';
import { settledRedis } from '../test/support/settled-redis.js';
import { closedLoop } from './support/closed-load.js';
import { flamePage } from './support/flame-page.js';
import { type Inspector, inspect } from './support/inspector.js';
import { interrupted, stopOnSignals } from './support/interruption.js';
import { PROFILED_LOADS } from './support/profiled-loads.js';
import { type InspectedProgram, startInspected } from './support/program.js';
import { type SelfShare, selfBytes, selfTimes } from './support/self-shares.js';
import { smallGroup } from './support/small-group.js';
import { sourcePlaces } from './support/source-places.js';

const LOADS = Object.keys(PROFILED_LOADS).join(', ');

const HELP = `Profiles the service under a load: npm run profile -- [options]

  --load <name>         ${LOADS}; mixed unless given
  --heap                what it allocates, instead of where it spends its time
  --held                with --heap: only what it still holds at the end
  --seconds <n>         10 unless given, after a warm-up of a third of that
  --connections <n>     50 unless given

Writes bench/results/profile/<time>-<load>.cpuprofile (or .heapprofile), which Chrome DevTools open too, and beside it
a page with the flame graph, which opens in any browser.`;

const ADMIN_KEY = 'key-of-the-profile';
const FOLDER = 'bench/results/profile';
const MOST_FUNCTIONS = 15;

interface Asked {
  readonly load: string;
  readonly heap: boolean;
  readonly held: boolean;
  readonly seconds: number;
  readonly connections: number;
}

try {
  const asked = read();
  if (asked === undefined) console.log(HELP);
  else await profile(asked);
} catch (error) {
  if (!interrupted.aborted) console.error(error instanceof Error ? error.message : error);
  process.exitCode = interrupted.aborted ? 130 : 1;
}

/** @returns nothing when help is asked for. @throws what is wrong with the options */
function read(): Asked | undefined {
  const { values } = parseArgs({
    options: {
      load: { type: 'string', default: 'mixed' },
      heap: { type: 'boolean', default: false },
      held: { type: 'boolean', default: false },
      seconds: { type: 'string', default: '10' },
      connections: { type: 'string', default: '50' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  const { load, heap, held } = values;
  if (!Object.hasOwn(PROFILED_LOADS, load)) throw new Error(`There is no load ${load}; there are ${LOADS}`);
  if (held && !heap) throw new Error('--held goes with --heap');
  return { load, heap, held, seconds: whole('seconds', values), connections: whole('connections', values) };
}

function whole<Name extends string>(name: Name, values: Readonly<Record<Name, string>>): number {
  if (!/^[1-9]\d{0,4}$/.test(values[name]))
    throw new Error(`--${name} takes a whole number from 1, not ${values[name]}`);
  return Number(values[name]);
}

async function profile(asked: Asked): Promise<void> {
  stopOnSignals(console.error);
  const servers = await startEmbeddedServers({ queryPlans: 'mongod-like', log: console.error });
  try {
    await settledRedis(servers.redisUrl);
    const service = await startInspected('Enterprise Service', 'dist/main.js', {
      MONGODB_URI: servers.mongodbUri,
      REDIS_URL: servers.redisUrl,
      MONGODB_DATABASE: 'profile',
      PLATFORM_ADMIN_KEY: ADMIN_KEY,
      NODE_ENV: 'development',
      LOG_LEVEL: 'warn',
      RATE_LIMIT_TENANT_PER_MINUTE: '10000000',
      SHED_EVENT_LOOP_DELAY_MS: '0',
    });
    const inspector = await inspect(service.inspector);
    try {
      report(asked, await profileOf(asked, service, inspector));
    } finally {
      inspector.close();
      await service.stop();
    }
  } finally {
    await servers.stop();
  }
}

interface Profiled {
  /** The profile as DevTools read it. */
  readonly text: string;
  readonly functions: readonly SelfShare[];
  readonly throughput: number;
}

async function profileOf(asked: Asked, service: InspectedProgram, inspector: Inspector): Promise<Profiled> {
  const { load, connections } = asked;
  const group = await smallGroup(service.url, ADMIN_KEY);
  const requests = PROFILED_LOADS[load]?.({ ...group, adminKey: ADMIN_KEY }) ?? [];
  const run = async (seconds: number) => (await closedLoop(service, { requests, connections, seconds })).throughput;
  // Until then code is being compiled, and caches are filled.
  await run(Math.ceil(asked.seconds / 3));
  let throughput = 0;
  const work = async () => {
    throughput = await run(asked.seconds);
  };
  const placeOf = sourcePlaces(process.cwd());
  if (asked.heap) {
    const heap = await inspector.heapProfile(work, asked.held ? 'held' : 'allocated');
    return { text: JSON.stringify(heap), functions: selfBytes(heap, placeOf), throughput };
  }
  const cpu = await inspector.cpuProfile(work);
  return { text: JSON.stringify(cpu), functions: selfTimes(cpu, placeOf), throughput };
}

/** Writes the files, and prints what they say in short. */
function report({ load, heap, held }: Asked, { text, functions, throughput }: Profiled): void {
  mkdirSync(FOLDER, { recursive: true });
  const time = new Date().toISOString().slice(0, 19).replaceAll(':', '-');
  const name = `${time}-${load}.${heap ? 'heap' : 'cpu'}profile`;
  const [file, page] = [resolve(FOLDER, name), resolve(FOLDER, `${name}.html`)];
  writeFileSync(file, text);
  // Who looks at the page knows the project by its own folders.
  const own = [`"${pathToFileURL(process.cwd())}/`, `"${process.cwd()}/`];
  const shown = own.reduce((shortened, folder) => shortened.replaceAll(folder, '"'), text);
  writeFileSync(page, flamePage(name, shown));
  const used = heap ? `bytes ${held ? 'held' : 'allocated'}` : 'time while not idle';
  console.log(`${load}, ${Math.round(throughput)} requests/s while profiled. Functions by their own ${used}:`);
  for (const { name, place, share } of functions.slice(0, MOST_FUNCTIONS)) {
    console.log(`  ${(100 * share).toFixed(1).padStart(5)} %  ${name.padEnd(32)}  ${place}`);
  }
  console.log(`\nFlame graph: ${pathToFileURL(page)}`);
  console.log(`For Chrome DevTools: ${relative('.', file)}`);
}
