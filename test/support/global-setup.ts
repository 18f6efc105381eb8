import './typescript-imports.ts';
import type { EmbeddedServers } from '../../src/embedded/index.js';

/** A Redis that has just started is not cached with: its marks may have been lost. */
async function settled(url: string): Promise<void> {
  const { SETTLE_MS } = await import('../../src/common/cache/settling-tag-store.js');
  const { redisInfo } = await import('../../src/embedded/redis.js');
  const up = async () => 1_000 * Number(/uptime_in_seconds:(\d+)/.exec(await redisInfo(url))?.[1] ?? 0);
  while ((await up()) < SETTLE_MS) await new Promise((resolve) => setTimeout(resolve, 100));
}

declare global {
  var embeddedServers: EmbeddedServers | undefined;
}

/** One MongoDB and one Redis for the whole run; the workers inherit their addresses through the environment. */
export default async function globalSetup(): Promise<void> {
  const { startEmbeddedServers } = await import('../../src/embedded/index.js');
  const log = (line: string) => process.stderr.write(`${line}\n`);
  const servers = await startEmbeddedServers({ queryPlans: 'mongod-like', log });
  globalThis.embeddedServers = servers;
  const { mongodb, redis } = servers;
  await settled(servers.redisUrl);
  if (!mongodb.plansLikeMongod) {
    log(`The tests of query plans are skipped: neither mongod nor a build of secantusd-rs is here (${mongodb.source})`);
  }
  Object.assign(process.env, {
    TEST_MONGODB_URI: servers.mongodbUri,
    TEST_REDIS_URL: servers.redisUrl,
    TEST_PLANS_LIKE_MONGOD: mongodb.plansLikeMongod ? '1' : '0',
    TEST_MONGODB_PID: String(mongodb.pid ?? ''),
    TEST_REDIS_PID: String(redis.pid ?? ''),
  });
}
