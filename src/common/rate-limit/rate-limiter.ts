import { LRUCache } from 'lru-cache';
import { executeWithFallback } from '../resilience/execute-with-fallback.js';
import { decide, type RateDecision, type RatePolicy, type Taken, take } from './gcra.js';
import type { RedisBuckets, Withdrawal } from './redis-buckets.js';

/** What this process knows of a bucket. */
interface Bucket {
  readonly policy: RatePolicy;
  /** Requests that wait for the call to Redis of this turn. */
  waiting: ((decision: RateDecision) => void)[];
  /** Whether it takes part in the call of this turn, and how many that were sent are not answered. */
  called: boolean;
  underWay: number;
  /** Tokens that were taken ahead, and until when they may be used; at how few more are taken. */
  ahead: number;
  aheadUntilMs: number;
  low: number;
  remaining: number;
  resetSeconds: number;
  /** Requests since the last call, and when that was: what the next ones will be. */
  served: number;
  calledAtMs: number;
  /** The bucket as far as this process sees, for while Redis is away. */
  localArrivalMs: number;
}

const MOST_BUCKETS = 50_000;
/** A bucket that was called for within this time is busy: the next call takes tokens ahead for as many requests. */
const BUSY_WITHIN_MS = 50;
/** Tokens that were taken ahead and not used by then are lost to the caller. */
const AHEAD_FOR_MS = 1_000;
/** Of how long a time the requests are taken ahead, if they go on as lately; more are taken when half of it is over. */
const AHEAD_OF_MS = 40;
/** So that what can be lost is small: no more ahead than this share of what remains. */
const AHEAD_SHARE = 0.005;

/**
 * Limits rates across all processes. All requests of one turn of the event loop share one call to Redis,
 * whichever their buckets. For a busy bucket far from its limit that call takes as many tokens ahead as
 * there were requests lately, and the next comes before they are used up, so that requests wait for nothing.
 * While Redis is away each process limits by what it sees itself.
 */
export class RateLimiter {
  private readonly buckets = new LRUCache<string, Bucket>({ max: MOST_BUCKETS });
  private turn: [string, Bucket][] = [];
  private readonly counted = { allowed: 0, refused: 0, local: 0 };

  constructor(
    private readonly redis: Pick<RedisBuckets, 'take'>,
    private readonly now: () => number = Date.now,
  ) {}

  /** Decisions since the start; `local` are those of both kinds that were made without Redis. */
  get counts(): Readonly<Record<'allowed' | 'refused' | 'local', number>> {
    return this.counted;
  }

  /** Takes one request out of the bucket; never rejects. */
  take(name: string, policy: RatePolicy): RateDecision | Promise<RateDecision> {
    const ahead = this.takeAhead(name, policy);
    if (ahead !== undefined) return ahead;
    const bucket = this.bucket(name, policy);
    bucket.served += 1;
    return new Promise((resolve) => {
      bucket.waiting.push(resolve);
      this.call(name, bucket);
    });
  }

  /** Takes one request out of what was taken ahead; undefined, and nothing has happened, where there is none. */
  takeAhead(name: string, policy: RatePolicy): RateDecision | undefined {
    const bucket = this.bucket(name, policy);
    const nowMs = this.now();
    if (leftAhead(bucket, nowMs) === 0) return undefined;
    bucket.served += 1;
    bucket.ahead -= 1;
    bucket.remaining -= 1;
    this.counted.allowed += 1;
    if (bucket.ahead < bucket.low && bucket.underWay === 0 && nowMs - bucket.calledAtMs < BUSY_WITHIN_MS) {
      this.call(name, bucket);
    }
    return { allowed: true, remaining: bucket.remaining, resetSeconds: bucket.resetSeconds };
  }

  /** Has the bucket take part in the call of this turn. */
  private call(name: string, bucket: Bucket): void {
    if (bucket.called) return;
    bucket.called = true;
    if (this.turn.push([name, bucket]) === 1) setImmediate(() => void this.flush());
  }

  private bucket(name: string, policy: RatePolicy): Bucket {
    const known = this.buckets.get(name);
    if (known !== undefined && known.policy === policy) return known;
    const made: Bucket = {
      policy,
      waiting: [],
      called: false,
      underWay: 0,
      ahead: 0,
      aheadUntilMs: 0,
      low: 0,
      remaining: 0,
      resetSeconds: 0,
      served: 0,
      calledAtMs: 0,
      localArrivalMs: 0,
    };
    this.buckets.set(name, made);
    return made;
  }

  private async flush(): Promise<void> {
    const nowMs = this.now();
    const calls = this.turn.map(([name, bucket]) => startCall(name, bucket, nowMs));
    this.turn = [];
    // Without Redis each process counts for itself.
    const taken = await executeWithFallback(
      () => this.redis.take(calls, nowMs),
      () => true,
      () => calls.map((call) => this.takeLocally(call, nowMs)),
    );
    calls.forEach((call, index) => {
      this.settle(call, taken[index] ?? { admitted: call.wanted, arrivalMs: nowMs }, nowMs);
    });
  }

  private settle({ state, waiting, policy }: Call, taken: Taken, nowMs: number): void {
    const allowed = Math.min(waiting.length, taken.admitted);
    this.counted.allowed += allowed;
    this.counted.refused += waiting.length - allowed;
    waiting.forEach((resolve, n) => {
      resolve(decide(taken, n, nowMs, policy));
    });
    const left = leftAhead(state, nowMs);
    const last = decide(taken, allowed - 1, nowMs, policy);
    state.underWay -= 1;
    state.remaining = Math.min(last.remaining + left, policy.quota);
    state.resetSeconds = last.resetSeconds;
    state.ahead = left + taken.admitted - allowed;
    state.low = state.ahead / 2;
    state.aheadUntilMs = nowMs + AHEAD_FOR_MS;
  }

  private takeLocally({ state, waiting, wanted, policy }: Call, nowMs: number): Taken {
    this.counted.local += waiting.length;
    const taken = take(state.localArrivalMs, nowMs, wanted, policy);
    state.localArrivalMs = taken.arrivalMs;
    return taken;
  }
}

/** Tokens that were taken ahead and may still be used. */
const leftAhead = ({ ahead, aheadUntilMs }: Bucket, nowMs: number): number => (nowMs < aheadUntilMs ? ahead : 0);

interface Call extends Withdrawal {
  readonly state: Bucket;
  readonly waiting: readonly ((decision: RateDecision) => void)[];
}

function startCall(name: string, state: Bucket, nowMs: number): Call {
  const { waiting, policy } = state;
  const sinceMs = Math.max(1, nowMs - state.calledAtMs);
  const most = Math.min(Math.ceil((state.served * AHEAD_OF_MS) / sinceMs), Math.floor(state.remaining * AHEAD_SHARE));
  const draws = sinceMs < BUSY_WITHIN_MS && state.underWay === 0;
  const ahead = draws ? Math.max(0, most - leftAhead(state, nowMs)) : 0;
  state.waiting = [];
  state.called = false;
  state.underWay += 1;
  state.served = 0;
  state.calledAtMs = nowMs;
  return { bucket: name, policy, wanted: waiting.length + ahead, state, waiting };
}
