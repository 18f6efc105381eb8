import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ChosenServer } from './choose-server.js';
import { checkMongodb, checkRedis, type GivenServer, givenServers } from './given-servers.js';
import type { Place } from './launch.js';
import { startMongodb } from './mongodb.js';
import { plansLikeMongod } from './query-plans.js';
import { startRedis } from './redis.js';
import { joinOrOwn, ServersFile } from './shared-servers.js';
import type { EmbeddedOptions, EmbeddedServers } from './types.js';

export type { EmbeddedOptions, EmbeddedServers } from './types.js';

/**
 * Gives a MongoDB and a Redis that answer: those the environment names, those another process runs over the same data,
 * or servers of our own, found or installed on this machine. What it starts ends when we end, however we end,
 * and doesn't keep an otherwise finished program alive.
 */
export async function startEmbeddedServers(options: EmbeddedOptions): Promise<EmbeddedServers> {
  const { log } = options;
  const fromEnvironment = givenServers();
  if (options.dataDir === undefined || (fromEnvironment.mongodb && fromEnvironment.redis)) {
    return gather(options, { log, onSpawn: () => undefined }, fromEnvironment);
  }
  const dataDir = resolve(options.dataDir);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const shared = await joinOrOwn(dataDir, log);
  if (!(shared instanceof ServersFile)) {
    return gather(options, { log, onSpawn: () => undefined }, givenServers(shared));
  }
  const place: Place = { dataDir, log, onSpawn: (pid) => shared.addChild(pid) };
  try {
    return publish(shared, await gather(options, place, fromEnvironment));
  } catch (error) {
    shared.release();
    throw error;
  }
}

async function gather(
  { queryPlans, log }: EmbeddedOptions,
  place: Place,
  given: ReturnType<typeof givenServers>,
): Promise<EmbeddedServers> {
  const [mongodb, redis] = await bothOrNone(
    given.mongodb ? checkMongodb(given.mongodb, log) : startMongodb(place, queryPlans),
    given.redis ? checkRedis(given.redis, log) : startRedis(place),
  );
  const started = [mongodb, redis].filter(isOurs);
  const like = await plansLikeMongod(mongodb.uri);
  for (const server of started) server.unref();
  return {
    mongodbUri: mongodb.uri,
    redisUrl: redis.uri,
    mongodb: { ...about(mongodb), plansLikeMongod: like },
    redis: about(redis),
    stop: once(() => stopAll(started)),
  };
}

function publish(file: ServersFile, servers: EmbeddedServers): EmbeddedServers {
  const { mongodbUri, redisUrl, mongodb, redis } = servers;
  file.publish({
    mongodb: { uri: mongodbUri, pid: mongodb.pid },
    redis: { uri: redisUrl, pid: redis.pid },
  });
  const stop = async () => {
    file.withdraw();
    await servers.stop();
    file.release();
  };
  return { ...servers, stop: once(stop) };
}

function about({ source, pid }: GivenServer | ChosenServer) {
  return { source, ...(pid !== undefined && { pid }) };
}

/** Both servers, or an error and neither: what did start is stopped again. */
async function bothOrNone(mongodb: Promise<GivenServer | ChosenServer>, redis: Promise<GivenServer | ChosenServer>) {
  const results = await Promise.allSettled([mongodb, redis]);
  const failures = results.filter((result) => result.status === 'rejected');
  if (failures.length > 0) {
    const started = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    await stopAll(started.filter(isOurs));
    const reasons = failures.map(({ reason }): unknown => reason);
    throw reasons.length === 1 ? reasons[0] : new AggregateError(reasons, reasons.map(String).join('\n'));
  }
  return Promise.all([mongodb, redis]);
}

function isOurs(server: GivenServer | ChosenServer): server is ChosenServer {
  return 'stop' in server;
}

/** However often it is called, `stop` runs once and every caller waits for the same end. */
function once(stop: () => Promise<void>): () => Promise<void> {
  let stopping: Promise<void> | undefined;
  return () => {
    stopping ??= stop();
    return stopping;
  };
}

async function stopAll(servers: readonly ChosenServer[]): Promise<void> {
  await Promise.all(servers.map((server) => server.stop()));
}
