import { messageOf } from './errors.js';
import { plansLikeMongod } from './query-plans.js';
import { redisInfo } from './redis.js';
import type { SharedServers } from './shared-servers.js';
import type { ServerSource } from './types.js';

/** A server that somebody else runs: we use it, and leave it alone when we stop. */
export interface GivenServer {
  readonly uri: string;
  readonly source: ServerSource;
  readonly pid?: number;
}

/** The servers that the environment names, else those that another process runs over our data. */
export function givenServers(running?: SharedServers): {
  readonly mongodb?: GivenServer;
  readonly redis?: GivenServer;
} {
  const mongodb = fromEnvironment('MONGODB_URI') ?? (running && asGiven(running.mongodb));
  const redis = fromEnvironment('REDIS_URL') ?? (running && asGiven(running.redis));
  return { ...(mongodb && { mongodb }), ...(redis && { redis }) };
}

export async function checkMongodb(server: GivenServer, log: (line: string) => void): Promise<GivenServer> {
  await plansLikeMongod(server.uri, 10_000).catch(notAnswering(`MongoDB: the server (${server.source})`));
  log(`MongoDB: using the server of ${origin(server, 'MONGODB_URI')}`);
  return server;
}

export async function checkRedis(server: GivenServer, log: (line: string) => void): Promise<GivenServer> {
  await redisInfo(server.uri, 10_000).catch(notAnswering(`Redis: the server (${server.source})`));
  log(`Redis: using the server of ${origin(server, 'REDIS_URL')}`);
  return server;
}

function fromEnvironment(name: 'MONGODB_URI' | 'REDIS_URL'): GivenServer | undefined {
  const uri = process.env[name];
  return uri ? { uri, source: 'environment' } : undefined;
}

function asGiven({ uri, pid }: SharedServers['mongodb']): GivenServer {
  return { uri, source: 'running', ...(pid !== undefined && { pid }) };
}

/** Never the address itself: it may hold a password. */
function origin({ source, pid }: GivenServer, variable: string): string {
  if (source === 'environment') return variable;
  return pid === undefined ? 'the process that runs over the same data' : `process ${pid}, which is running already`;
}

function notAnswering(which: string) {
  return (error: unknown) => {
    throw new Error(`${which} does not answer: ${messageOf(error)}`);
  };
}
