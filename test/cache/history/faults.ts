import { setTimeout as sleep } from 'node:timers/promises';
import { tagPrefix } from './assembly.js';
import type { Station, Trial } from './trial.js';

/** Kills a process while it writes, and starts another in its place. @returns how many writes it was at */
export async function killWriter(trial: Trial, station: Station): Promise<number> {
  await trial.witness.until(() => station.worker.writing > 0);
  trial.witness.happened(`${station.name} is killed`);
  const unknown = await trial.replaceWorker(station);
  // They may have ended before we heard of it.
  return unknown > 0 ? unknown : killWriter(trial, station);
}

/** Redis stands still; what is sent to it arrives later. */
export async function freezeRedis({ redis, witness }: Trial, ms: number): Promise<void> {
  witness.happened('Redis is frozen');
  redis.freeze();
  await sleep(ms).finally(() => redis.thaw());
  witness.happened('Redis goes on');
}

/** Redis ends in order and comes back with all that it had. @returns how many keys that is */
export async function restartRedis({ redis, witness }: Trial): Promise<number> {
  witness.happened('Redis is restarted');
  await redis.restart();
  return redis.client.dbsize();
}

/**
 * Redis dies and comes back with what it had some writes ago. @returns how many of its changes are lost
 */
export async function restartRedisWithOldData(trial: Trial, writes: number): Promise<number> {
  const { redis, witness } = trial;
  await redis.save();
  await witness.more(() => witness.writes.done, writes);
  const lost = await redis.unsaved();
  await killRedis(trial);
  await redis.startAgain('saved');
  witness.happened('Redis is back with old data');
  return lost;
}

/** Redis dies and comes back with nothing. @returns how many keys it had */
export async function emptyRedis(trial: Trial): Promise<number> {
  const { redis, witness } = trial;
  const lost = await redis.client.dbsize();
  await killRedis(trial);
  await redis.startAgain('none');
  witness.happened('Redis is back with nothing');
  return lost;
}

/** Redis dies in the middle of writes, and with it their marks. */
async function killRedis({ redis, stations, witness }: Trial): Promise<void> {
  await witness.until(() => stations.some(({ worker }) => worker.writing > 0));
  witness.happened('Redis is killed');
  await redis.kill();
}

/** Forgets versions here and there, as a Redis that is short of memory does; marks don't expire, and so they stay. */
export async function evictVersions({ redis, namespace }: Trial, least: number): Promise<number> {
  let evicted = 0;
  while (evicted < least) {
    const keys = (await redis.client.keys(`${tagPrefix(namespace)}*`)).filter(() => Math.random() < 0.05);
    evicted += Number(await redis.client.eval(EVICT, keys.length, ...keys));
    await sleep(EVICT_EVERY_MS);
  }
  return evicted;
}

const EVICT_EVERY_MS = 10;
const EVICT = `
local evicted = 0
for _, tag in ipairs(KEYS) do
  if redis.call('PTTL', tag) > 0 then evicted = evicted + redis.call('DEL', tag) end
end
return evicted
`;

/** A process loses its way to Redis while others have theirs, until so many of its writes have gone another way. */
export async function cutOff(
  { witness }: Trial,
  { link, name }: Station,
  how: 'silence' | 'cut',
  writes: number,
): Promise<void> {
  witness.happened(`${name} is cut off`);
  link[how]();
  await witness.more(() => witness.fencedOf(name), writes).finally(() => link.restore());
  witness.happened(`${name} reaches Redis again`);
}

/** Redis dies, and a replica takes over that hasn't heard of the last changes. @returns how many bytes of them */
export async function failOver(trial: Trial, writes: number): Promise<number> {
  const { redis: master, witness } = trial;
  const { replica, link } = await trial.startReplica();
  await witness.more(() => witness.writes.done, writes);
  link.silence();
  await witness.more(() => witness.writes.done, writes);
  const had = await master.replicated();
  witness.happened('Redis is killed');
  await master.kill();
  link.cut();
  const lost = had - (await replica.replicated());
  await replica.promote();
  trial.useRedis(replica);
  witness.happened('the replica is in use');
  return lost;
}
