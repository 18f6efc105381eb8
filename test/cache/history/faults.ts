import { setTimeout as sleep } from 'node:timers/promises';
import { tagPrefix } from './assembly.js';
import type { Station, Trial } from './trial.js';

/** Kills a process that writes, and starts another in its place. @returns how many writes it was at */
export async function killWriter(trial: Trial, station: Station): Promise<number> {
  const { witness } = trial;
  while (station.worker.writing === 0) await witness.more(() => witness.writes.done, 1);
  return trial.replaceWorker(station);
}

/** Redis stands still; what is sent to it arrives later. */
export async function freezeRedis({ redis }: Trial, ms: number): Promise<void> {
  redis.freeze();
  await sleep(ms).finally(() => redis.thaw());
}

/** Redis ends in order and comes back with all that it had. */
export async function restartRedis({ redis }: Trial): Promise<void> {
  await redis.restart();
}

/** Redis dies and comes back with what it had some time ago. @returns how many changes it has lost */
export async function restartRedisWithOldData({ redis, witness }: Trial, writes: number): Promise<number> {
  await redis.save();
  await witness.more(() => witness.writes.done, writes);
  const lost = await redis.unsaved();
  await redis.kill();
  await redis.startAgain('saved');
  return lost;
}

/** Redis dies and comes back with nothing. */
export async function emptyRedis({ redis }: Trial): Promise<void> {
  await redis.kill();
  await redis.startAgain('none');
}

/** Forgets versions here and there, as a Redis that is short of memory does; marks don't expire and so are kept. */
export async function evictVersions({ redis, namespace }: Trial, least: number): Promise<number> {
  let evicted = 0;
  while (evicted < least) {
    const keys = (await redis.client.keys(`${tagPrefix(namespace)}*`)).filter(() => Math.random() < 0.05);
    evicted += Number(await redis.client.eval(EVICT, keys.length, ...keys));
    await sleep(10);
  }
  return evicted;
}

const EVICT = `
local evicted = 0
for _, tag in ipairs(KEYS) do
  local state = redis.call('GET', tag)
  if state and string.sub(state, 1, 1) ~= '~' then evicted = evicted + redis.call('DEL', tag) end
end
return evicted
`;

/** A process loses its way to Redis while others have theirs, until so many of its writes have gone another way. */
export async function cutOff({ witness }: Trial, { link, name }: Station, how: 'silence' | 'cut', writes: number) {
  link[how]();
  await witness.more(() => witness.fencedOf(name), writes).finally(() => link.restore());
}

/**
 * Redis dies, and a replica takes over that hasn't heard of the last changes. @returns how many bytes of them
 */
export async function failOver(trial: Trial): Promise<number> {
  const { redis: old, witness } = trial;
  const { replica, link } = await trial.startReplica();
  await witness.more(() => witness.writes.done, 30);
  link.silence();
  await witness.more(() => witness.writes.done, 5);
  const had = await old.replicated();
  await old.kill();
  link.cut();
  const lost = had - (await replica.replicated());
  await replica.promote();
  trial.useRedis(replica);
  return lost;
}
