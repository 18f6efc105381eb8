import { setTimeout as sleep } from 'node:timers/promises';

/** Full jitter (AWS Architecture Blog, "Exponential Backoff And Jitter"): between nothing and this, doubled each time. */
const FIRST_WAIT_MS = 20;
const MOST_TRIES = 3;

/**
 * How many retries there may be: each call earns a part of one and each retry costs one, so that a dependency that
 * fails for everybody is asked a tenth more often, never three times as often.
 */
export class RetryBudget {
  private tokens: number;

  constructor(
    private readonly earned = 0.1,
    private readonly most = 10,
  ) {
    this.tokens = most;
  }

  earn(): void {
    this.tokens = Math.min(this.most, this.tokens + this.earned);
  }

  /** Whether a retry may be made now; it is paid for then. */
  spend(): boolean {
    if (this.tokens < 1) return false;
    this.tokens -= 1;
    return true;
  }
}

export interface RetryOptions {
  readonly budget: RetryBudget;
  /** Whether the same may be tried again after this failure. */
  readonly isTransient: (error: unknown) => boolean;
  readonly signal?: AbortSignal | undefined;
  readonly random?: () => number;
  readonly wait?: (ms: number, signal: AbortSignal | undefined) => Promise<unknown>;
}

const sleepUntil = (ms: number, signal: AbortSignal | undefined) => sleep(ms, undefined, signal && { signal });

/** Does work that may be done twice: up to three times, while its failures are transient and the budget allows it. */
export async function retry<T>(
  work: () => Promise<T>,
  { budget, isTransient, signal, random = Math.random, wait = sleepUntil }: RetryOptions,
): Promise<T> {
  budget.earn();
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (tries === MOST_TRIES || signal?.aborted === true || !isTransient(error) || !budget.spend()) throw error;
      await wait(random() * FIRST_WAIT_MS * 2 ** (tries - 1), signal).catch(() => {
        throw error;
      });
    }
  }
}
