import { parseArgs } from 'node:util';
import { startEmbeddedServers } from '../src/embedded/index.js';
import { guards } from './scenarios/guards.js';
import { uncachedById } from './scenarios/uncached-by-id.js';
import type { Bench, Scenario } from './support/scenario.js';

const SCENARIOS: readonly Scenario[] = [uncachedById, guards];

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '5' }, rounds: { type: 'string', default: '5' } },
});

const servers = await startEmbeddedServers({ queryPlans: 'mongod-like', log: console.error });
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
  for (const scenario of SCENARIOS) {
    const { subject, peer, ratio } = await scenario.run(bench);
    if (ratio < scenario.floor) process.exitCode = 1;
    const verdict = ratio >= scenario.aim ? 'holds' : ratio >= scenario.floor ? 'missed' : 'FAILED';
    console.log(`${scenario.title} (requests/s of each round)`);
    console.log(`  ${scenario.subject.padEnd(26)}${subject.map(Math.round).join('  ')}`);
    console.log(`  ${scenario.peer.padEnd(26)}${peer.map(Math.round).join('  ')}`);
    console.log(
      `  ratio of medians          ${ratio.toFixed(3)}, aim ${scenario.aim}, at least ${scenario.floor}: ${verdict}`,
    );
  }
} finally {
  await servers.stop();
}
