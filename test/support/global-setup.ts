import './typescript-imports.ts';
import type { EmbeddedServers } from '../../src/embedded/index.js';

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
  const { settledRedis } = await import('./settled-redis.js');
  await settledRedis(servers.redisUrl);
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
