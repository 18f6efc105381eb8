import { setTimeout as sleep } from 'node:timers/promises';

/** When a Redis has been up for long enough to be cached with: one that has just started may have lost marks. */
export async function settledRedis(url: string): Promise<void> {
  const { SETTLE_MS } = await import('../../src/common/cache/settling-times.js');
  const { redisInfo } = await import('../../src/embedded/redis.js');
  const upMs = async () => 1_000 * Number(/uptime_in_seconds:(\d+)/.exec(await redisInfo(url))?.[1] ?? 0);
  while ((await upMs()) < SETTLE_MS + 1_000) await sleep(100);
}
