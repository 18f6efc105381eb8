import { parseArgs } from 'node:util';
import { startEmbeddedServers } from '../src/embedded/index.js';
import { settledRedis } from '../test/support/settled-redis.js';
import { cachedList, cachedNotModified } from './scenarios/cached-list.js';
import { guards } from './scenarios/guards.js';
import { hitRatesUnderWrites } from './scenarios/hit-rates.js';
import { invalidation } from './scenarios/invalidation.js';
import { memoryBound } from './scenarios/memory-bound.js';
import { observability } from './scenarios/observability.js';
import { uncachedById } from './scenarios/uncached-by-id.js';
import { usualStack } from './scenarios/usual-stack.js';
import { reportComparison, reportFigures } from './support/report.js';
import type { Bench, Gauge, Scenario } from './support/scenario.js';

const compared = (scenario: Scenario) => async (bench: Bench) => reportComparison(scenario, await scenario.run(bench));
const gauged = (gauge: Gauge) => async (bench: Bench) => reportFigures(gauge.title, await gauge.run(bench));

/** By the name that `--only` takes; each prints its figures, and answers whether they are within bounds. */
const BENCHMARKS: Readonly<Record<string, (bench: Bench) => Promise<boolean>>> = {
  'uncached-by-id': compared(uncachedById),
  guards: compared(guards),
  'cached-list': compared(cachedList),
  'cached-304': compared(cachedNotModified),
  'usual-stack': compared(usualStack),
  'hit-rates': gauged(hitRatesUnderWrites),
  'memory-bound': gauged(memoryBound),
  invalidation: gauged(invalidation),
  observability: gauged(observability),
};

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '5' },
    only: { type: 'string', multiple: true, default: Object.keys(BENCHMARKS) },
  },
});
const unknown = values.only.filter((name) => !Object.hasOwn(BENCHMARKS, name));
if (unknown.length > 0) {
  throw new Error(`There is no benchmark ${unknown}; there are ${Object.keys(BENCHMARKS).join(', ')}`);
}

const servers = await startEmbeddedServers({ queryPlans: 'mongod-like', log: console.error });
await settledRedis(servers.redisUrl);
const bench: Bench = {
  adminKey: 'key-of-the-benchmarks',
  environment: {
    MONGODB_URI: servers.mongodbUri,
    REDIS_URL: servers.redisUrl,
    MONGODB_DATABASE: 'bench',
    PLATFORM_ADMIN_KEY: 'key-of-the-benchmarks',
    NODE_ENV: 'development',
    LOG_LEVEL: 'warn',
  },
  seconds: Number(values.seconds),
  rounds: Number(values.rounds),
};
try {
  for (const [name, run] of Object.entries(BENCHMARKS)) {
    if (values.only.includes(name) && !(await run(bench))) process.exitCode = 1;
  }
} finally {
  await servers.stop();
}
