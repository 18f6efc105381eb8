import { Latency } from './latency.js';
import { Overloaded } from './unavailable.js';

/** Work that may be done at once, is done, waits for its turn, and was refused since the start. */
export interface LimitState {
  readonly limit: number;
  readonly running: number;
  readonly waiting: number;
  readonly refused: number;
}

export interface ConcurrencyOptions {
  /** Never fewer at once. */
  readonly least: number;
  /** Never more at once. */
  readonly most: number;
  /** Whoever would wait longer than this for a turn, as things go, is refused at once. */
  readonly waitMs: number;
  /** The same while there has been a queue for {@link STANDING_MS}: then it is load, and no burst. */
  readonly standingWaitMs: number;
}

/** A queue that hasn't been empty for this long stands (as CoDel, RFC 8289, tells bad queues from good ones). */
export const STANDING_MS = 2_000;
const JUDGED_EVERY = 50;
/** Latency that is this many times its best says that there is a queue behind the limit. */
const TOLERANCE = 3;
const BACK_OFF = 0.9;

/**
 * Bounds how much is done at once, by what its latency says (additive increase, multiplicative decrease, as TCP and
 * Netflix's concurrency-limits do): where the limit is reached, more is let in while the time that each kind of work
 * takes stays near its best, and less when it grows. Bursts wait their turn; a queue that stands is cut short, as
 * waiting in it would help nobody.
 */
export class ConcurrencyLimit {
  private limit: number;
  private running = 0;
  private readonly waiting: Waiter[] = [];
  private queuedSinceMs = 0;
  private readonly kinds = new Map<string, Latency>();
  private readonly all = new Latency();
  /** What was done since it was last judged: how slow something was that isn't done any more tells nothing of now. */
  private readonly recent = new Set<Latency>();
  private sinceJudged = 0;
  /** The most that ran at once since it was last judged. */
  private peak = 0;
  private refused = 0;

  constructor(
    private readonly options: ConcurrencyOptions,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.limit = options.most;
  }

  get state(): LimitState {
    const { limit, running, refused } = this;
    return { limit: Math.floor(limit), running, waiting: this.waiting.length, refused };
  }

  /**
   * Does the work when it is its turn.
   * @param kind of work, whose latencies are alike
   * @param signal gives up waiting
   * @throws {Overloaded} at once, when the turn wouldn't come in time
   */
  async run<T>(kind: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (this.running < Math.floor(this.limit)) this.begin();
    else await this.turn(signal);
    const begunMs = this.now();
    try {
      return await work();
    } finally {
      this.ended(kind, this.now() - begunMs);
    }
  }

  private begin(): void {
    this.running += 1;
    this.peak = Math.max(this.peak, this.running);
  }

  private turn(signal: AbortSignal | undefined): Promise<void> {
    if (this.waiting.length === 0) this.queuedSinceMs = this.now();
    const mostMs = this.now() - this.queuedSinceMs < STANDING_MS ? this.options.waitMs : this.options.standingWaitMs;
    // Little's law: so long takes what is before it.
    const waitMs = ((this.waiting.length + 1) * Math.max(1, this.all.usualMs)) / this.limit;
    if (waitMs > mostMs || signal?.aborted === true) return Promise.reject(this.refuse(signal));
    return new Promise<void>((resolve, reject) => {
      const giveUp = () => {
        clearTimeout(tired);
        signal?.removeEventListener('abort', giveUp);
        this.waiting.splice(this.waiting.indexOf(waiter), 1);
        reject(this.refuse(signal));
      };
      // What runs may hang: then nothing is as it went so far.
      const tired = setTimeout(giveUp, mostMs);
      const waiter: Waiter = {
        go: () => {
          clearTimeout(tired);
          signal?.removeEventListener('abort', giveUp);
          resolve();
        },
      };
      signal?.addEventListener('abort', giveUp, { once: true });
      this.waiting.push(waiter);
    });
  }

  /** Counts it. @returns why */
  private refuse(signal: AbortSignal | undefined): unknown {
    this.refused += 1;
    return signal?.aborted === true ? signal.reason : new Overloaded();
  }

  private ended(kind: string, tookMs: number): void {
    const latency = this.kinds.get(kind) ?? new Latency();
    this.kinds.set(kind, latency);
    latency.add(tookMs);
    this.recent.add(latency);
    this.all.add(tookMs);
    this.sinceJudged += 1;
    if (this.sinceJudged >= JUDGED_EVERY) this.judge();
    this.running -= 1;
    // The turn is handed on; and another one where the limit has grown, before somebody who comes now takes it.
    while (this.running < Math.floor(this.limit)) {
      const next = this.waiting.shift();
      if (next === undefined) return;
      this.begin();
      next.go();
    }
  }

  private judge(): void {
    const { least, most } = this.options;
    const inflation = Math.max(...[...this.recent].map((latency) => latency.inflation));
    const used = this.peak / this.limit;
    // What is slow though few are at it isn't slow because of them.
    if (inflation > TOLERANCE && used > 0.5) this.limit = Math.max(least, this.limit * BACK_OFF);
    else if (inflation <= TOLERANCE && this.peak >= Math.floor(this.limit)) this.limit = Math.min(most, this.limit + 1);
    this.recent.clear();
    this.sinceJudged = 0;
    this.peak = this.running;
  }
}

interface Waiter {
  go(): void;
}
