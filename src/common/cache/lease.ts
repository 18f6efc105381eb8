import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';

/** A lease that is held. */
export interface HeldLease {
  /** Aborted when it is released or lost, on this process's clock before Redis can give it to another. */
  readonly ended: AbortSignal;
  /** Gives it up; never rejects, as it runs out by itself. */
  release(): Promise<void>;
}

export interface LeaseTimes {
  readonly lastsMs: number;
  readonly renewEveryMs: number;
}

const TIMES: LeaseTimes = { lastsMs: 10_000, renewEveryMs: 3_000 };

/** Only whoever has the token may touch the lease: one that ran out may be another's by now. */
const RENEW = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
`;
const RELEASE = `
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
`;

/**
 * What one process has at a time, renewed while it lives. For work that is wasteful twice, not wrong: a failover of
 * Redis, or a holder that stands still, can make two holders for a moment.
 */
export class Lease {
  constructor(
    private readonly redis: Redis,
    private readonly key: string,
    private readonly times: LeaseTimes = TIMES,
  ) {}

  /**
   * Takes the lease if nobody has it.
   * @returns undefined when somebody has
   * @throws when Redis can't be asked
   */
  async take(): Promise<HeldLease | undefined> {
    const token = randomUUID();
    const askedAtMs = performance.now();
    const taken = await this.redis.set(this.key, token, 'PX', this.times.lastsMs, 'NX');
    return taken === null ? undefined : new Held(this.redis, this.key, token, this.times, askedAtMs);
  }
}

class Held implements HeldLease {
  private readonly ending = new AbortController();
  private readonly renewals: NodeJS.Timeout;
  private expiry: NodeJS.Timeout | undefined;
  private latestMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly redis: Redis,
    private readonly key: string,
    private readonly token: string,
    private readonly times: LeaseTimes,
    askedAtMs: number,
  ) {
    this.renewals = setInterval(() => void this.renew(), times.renewEveryMs).unref();
    this.lastsFrom(askedAtMs);
  }

  get ended(): AbortSignal {
    return this.ending.signal;
  }

  async release(): Promise<void> {
    this.end();
    await this.redis.eval(RELEASE, 1, this.key, this.token).catch(() => undefined);
  }

  private async renew(): Promise<void> {
    const askedAtMs = performance.now();
    try {
      const renewed = await this.redis.eval(RENEW, 1, this.key, this.token, this.times.lastsMs);
      if (renewed === 1) this.lastsFrom(askedAtMs);
      else this.end();
    } catch {
      // The next one may succeed before the time is over.
    }
  }

  /** Counts from the question: Redis counts from when it came. */
  private lastsFrom(askedAtMs: number): void {
    if (this.ended.aborted || askedAtMs < this.latestMs) return;
    this.latestMs = askedAtMs;
    clearTimeout(this.expiry);
    this.expiry = setTimeout(() => this.end(), askedAtMs + this.times.lastsMs - performance.now()).unref();
  }

  private end(): void {
    clearInterval(this.renewals);
    clearTimeout(this.expiry);
    this.ending.abort();
  }
}
