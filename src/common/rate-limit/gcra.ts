/** How much a bucket lets through. */
export interface RatePolicy {
  /** Requests of a full window; also the burst, as a bucket that was left alone is full. */
  readonly quota: number;
  readonly windowSeconds: number;
}

/** What became of one request. */
export interface RateDecision {
  readonly allowed: boolean;
  /** Requests that would be let through now. */
  readonly remaining: number;
  /** Seconds until the bucket is full again; for a refused request, until the next one is let through. */
  readonly resetSeconds: number;
}

/** The state of a bucket: when it will be full again, in ms (GCRA's theoretical arrival time). */
export interface Taken {
  readonly admitted: number;
  readonly arrivalMs: number;
}

/**
 * Takes up to `wanted` tokens by the generic cell rate algorithm (ITU-T I.371, virtual scheduling): a bucket
 * of `quota` tokens that refills evenly over the window. The Lua script in `redis-buckets.ts` is the
 * same in Redis.
 */
export function take(arrivalMs: number, nowMs: number, wanted: number, { quota, windowSeconds }: RatePolicy): Taken {
  const interval = (windowSeconds * 1000) / quota;
  const start = Math.max(arrivalMs, nowMs);
  const free = Math.floor((nowMs + windowSeconds * 1000 - start) / interval + 1e-6);
  const admitted = Math.max(0, Math.min(wanted, free));
  return { admitted, arrivalMs: start + admitted * interval };
}

/** What the n-th of the requests that took together learns; n from 0. */
export function decide({ admitted, arrivalMs }: Taken, n: number, nowMs: number, policy: RatePolicy): RateDecision {
  const interval = (policy.windowSeconds * 1000) / policy.quota;
  const fullInMs = Math.max(0, arrivalMs - nowMs);
  const left = Math.max(0, Math.floor((policy.windowSeconds * 1000 - fullInMs) / interval + 1e-6));
  if (n < admitted) {
    return { allowed: true, remaining: left + (admitted - 1 - n), resetSeconds: Math.ceil(fullInMs / 1000) };
  }
  const nextInMs = fullInMs + interval - policy.windowSeconds * 1000;
  return { allowed: false, remaining: 0, resetSeconds: Math.max(1, Math.ceil(nextInMs / 1000)) };
}
