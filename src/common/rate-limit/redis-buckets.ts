import type { Redis, Result } from 'ioredis';
import type { RatePolicy, Taken } from './gcra.js';

/** What the requests of one turn want from one bucket. */
export interface Withdrawal {
  readonly bucket: string;
  readonly wanted: number;
  readonly policy: RatePolicy;
}

/**
 * GCRA on the server's own clock, for all buckets of a turn. ARGV: for each key wanted, quota, window in
 * microseconds. Answers, for each, what was admitted and in how many microseconds the bucket is full.
 */
const TAKE = `
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local answers = {}
for i, key in ipairs(KEYS) do
  local wanted, quota, window = tonumber(ARGV[i * 3 - 2]), tonumber(ARGV[i * 3 - 1]), tonumber(ARGV[i * 3])
  local interval = window / quota
  local start = math.max(tonumber(redis.call('GET', key) or 0), now)
  local free = math.floor((now + window - start) / interval + 0.000001)
  local admitted = math.max(0, math.min(wanted, free))
  local arrival = start + admitted * interval
  if admitted > 0 then
    redis.call('SET', key, string.format('%.0f', arrival), 'PX', math.ceil((arrival - now) / 1000) + 1)
  end
  answers[#answers + 1] = admitted
  answers[#answers + 1] = math.floor(arrival - now)
end
return answers
`;

/** Buckets that all processes share. */
export class RedisBuckets {
  constructor(private readonly redis: Redis) {
    redis.defineCommand('takeTokens', { lua: TAKE });
  }

  /**
   * One round trip for all withdrawals.
   * @returns in their order, arrival times on this process's clock
   */
  async take(withdrawals: readonly Withdrawal[], nowMs: number): Promise<Taken[]> {
    const answers = await this.redis.takeTokens(
      withdrawals.length,
      ...withdrawals.map(({ bucket }) => bucket),
      ...withdrawals.flatMap(({ wanted, policy }) => [wanted, policy.quota, policy.windowSeconds * 1_000_000]),
    );
    return withdrawals.map((_, index) => ({
      admitted: answers[index * 2] ?? 0,
      arrivalMs: nowMs + (answers[index * 2 + 1] ?? 0) / 1000,
    }));
  }
}

declare module 'ioredis' {
  interface RedisCommander<Context> {
    /** The script above: keys, then wanted, quota and window of each. */
    takeTokens(keys: number, ...keysAndArguments: (string | number)[]): Result<number[], Context>;
  }
}
