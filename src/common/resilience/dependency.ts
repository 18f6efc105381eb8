import { channel } from 'node:diagnostics_channel';
import CircuitBreaker from 'opossum';
import { ClientGone, DeadlineExceeded } from './deadline.js';
import { Unavailable } from './unavailable.js';

export type BreakerState = 'closed' | 'open' | 'half-open';

export const isStateChange = (message: unknown): message is StateChange =>
  typeof message === 'object' && message !== null && 'of' in message && 'state' in message;

/** Published on {@link STATE_CHANGES} when a breaker changes. */
export interface StateChange {
  readonly of: Dependency;
  readonly state: BreakerState;
  /** Why it opened. */
  readonly cause: string | undefined;
}

/** Whoever shows or counts the states of breakers subscribes to it; it costs nothing when nobody does. */
export const STATE_CHANGES = channel('enterprise-service:breaker');

export interface DependencyError {
  readonly at: Date;
  readonly message: string;
}

const LAST_ERRORS = 5;
/** So many failures in a row open it. */
const FAILURES = 5;
/** Then one call is let through as a trial, unless the dependency has proven before to be back. */
const OPEN_FOR_MS = 60_000;
/** Closed by a ping and opened again by work: the next ping isn't believed for this long, doubled each time up to the most. */
const FIRST_DOUBT_MS = 1_000;
/** Five calls that fail in so long cost little; a dependency that is back and not asked costs more. */
const MOST_DOUBT_MS = 4_000;
/** Closed for this long, it is believed again. */
const TRUSTED_AFTER_MS = 30_000;

/**
 * Something outside of the process that work is done with, behind a circuit breaker: when it has failed five times in a
 * row nobody waits for it any more, until it has proven to be back.
 */
export class Dependency {
  private readonly breaker: CircuitBreaker<[work: () => Promise<() => void>], () => void>;
  private readonly inFlight = new Set<(error: Unavailable) => void>();
  private failuresInARow = 0;
  private cause: string | undefined;
  /** Raised with each change of state: a call tells only of the era that it began in. */
  private era = 0;
  /** A ping isn't believed for so long after it opened. */
  private doubtMs = 0;
  private openedAtMs = Number.NEGATIVE_INFINITY;
  private closedAtMs = Number.NEGATIVE_INFINITY;
  private readonly errors: DependencyError[] = [];
  private changed = new Date();
  private readonly counted = { successes: 0, failures: 0, rejected: 0, opened: 0 };

  /**
   * @param isFailure whether an error says that the dependency is away; all others are answers of it
   * @param inWords what an operator can make something of, where a library's message doesn't say it
   */
  constructor(
    readonly name: string,
    private readonly isFailure: (error: unknown) => boolean,
    private readonly inWords: (message: string) => string = (message) => message,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.breaker = new CircuitBreaker((work: () => Promise<() => void>) => work(), {
      name,
      timeout: false,
      resetTimeout: OPEN_FOR_MS,
      volumeThreshold: Number.MAX_SAFE_INTEGER, // Counted here: a share of the last seconds opens late after a busy time.
      errorFilter: (error) => !this.isFailure(error),
      rollingPercentilesEnabled: false,
      enableSnapshots: false,
    });
    this.breaker.on('success', () => this.succeeded());
    this.breaker.on('failure', (error) => this.failed(error));
    this.breaker.on('open', () => this.opened());
    this.breaker.on('halfOpen', () => this.publish('half-open'));
    this.breaker.on('close', () => this.closed());
  }

  get state(): BreakerState {
    return this.breaker.closed ? 'closed' : this.breaker.halfOpen ? 'half-open' : 'open';
  }

  /** When it came to be in its state. */
  get changedAt(): Date {
    return this.changed;
  }

  /** The latest first. */
  get lastErrors(): readonly DependencyError[] {
    return this.errors;
  }

  /** What has been counted since the start; `cause` of the last opening. */
  get counts() {
    return { ...this.counted, inFlight: this.inFlight.size, cause: this.cause };
  }

  /**
   * Does work with the dependency. When the breaker opens meanwhile, nobody waits for the work any more.
   * @param canLeave whether what the work is at may be left alone at this moment
   * @throws {Unavailable} at once while the breaker is open, or instead of an error that says that it is away
   */
  run<T>(work: () => Promise<T>, canLeave: () => boolean = () => true): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const leave = (error: Unavailable) => {
      if (canLeave()) reject(error);
    };
    this.inFlight.add(leave);
    const landed = () => this.inFlight.delete(leave);
    promise.then(landed, landed);
    const { era } = this;
    // The breaker learns of a result before whoever waits for it, who may have further work.
    const told = async (): Promise<() => void> => {
      try {
        const result = await work();
        if (era === this.era) return () => resolve(result);
        resolve(result);
      } catch (error) {
        if (era === this.era && !hasLeft(error)) throw error;
        reject(this.translate(error));
      }
      return this.tellsNothing(era);
    };
    this.breaker.fire(told).then(
      (tell) => tell(),
      (error: unknown) => reject(this.translate(error)),
    );
    return promise;
  }

  /** @throws {Unavailable} while the breaker is open */
  assertAvailable(): void {
    if (!this.breaker.opened) return;
    this.counted.rejected += 1;
    throw this.unavailable();
  }

  /** It has answered a ping: whoever was refused is let in again, unless it has let them down right after the last one. */
  answered(): void {
    if (this.breaker.closed || this.now() - this.openedAtMs < this.doubtMs) return;
    this.breaker.close();
  }

  /** It hasn't answered pings. */
  silent(cause: string): void {
    if (!this.breaker.opened) this.open(this.inWords(cause), this.hasRelapsed() ? this.doubtMs : 0);
  }

  stop(): void {
    this.breaker.shutdown();
  }

  private succeeded(): void {
    this.failuresInARow = 0;
    this.counted.successes += 1;
  }

  private failed(error: unknown): void {
    this.failuresInARow += 1;
    this.counted.failures += 1;
    const cause = this.inWords(error instanceof Error ? error.message : String(error));
    this.errors.unshift({ at: new Date(), message: cause });
    if (this.errors.length > LAST_ERRORS) this.errors.pop();
    if (this.breaker.closed && this.failuresInARow < FAILURES) return;
    this.open(cause, this.hasRelapsed() ? Math.min(MOST_DOUBT_MS, Math.max(FIRST_DOUBT_MS, 2 * this.doubtMs)) : 0);
  }

  /**
   * What began before the last change says nothing of how things are since: neither does a success of then close it
   * early, nor do the failures of then open it again. Opossum is left without an answer.
   */
  private tellsNothing(era: number): Promise<never> {
    // Its only trial was left by whoever wanted it: that is no reason to stay half-open for ever.
    if (era === this.era && this.breaker.halfOpen) this.breaker.open();
    return new Promise(() => undefined);
  }

  private hasRelapsed(): boolean {
    return this.now() - this.closedAtMs < TRUSTED_AFTER_MS;
  }

  private open(cause: string, doubtMs: number): void {
    this.cause = cause;
    this.doubtMs = doubtMs;
    this.breaker.open();
  }

  private opened(): void {
    this.openedAtMs = this.now();
    this.counted.opened += 1;
    this.publish('open');
    for (const leave of this.inFlight) leave(this.unavailable());
  }

  private closed(): void {
    this.closedAtMs = this.now();
    this.failuresInARow = 0;
    this.publish('closed');
  }

  private publish(state: BreakerState): void {
    this.era += 1;
    this.changed = new Date();
    const change: StateChange = { of: this, state, cause: state === 'open' ? this.cause : undefined };
    STATE_CHANGES.publish(change);
  }

  private translate(error: unknown): unknown {
    if (error instanceof Error && CircuitBreaker.isOurError(error)) {
      this.counted.rejected += 1;
      return this.unavailable();
    }
    return this.isFailure(error) ? this.unavailable(error) : error;
  }

  private unavailable(cause?: unknown): Unavailable {
    return new Unavailable(this.name, RETRY_AFTER_SECONDS, cause);
  }
}

/** Nobody has waited for what the dependency says: that is neither a success nor a failure. */
const hasLeft = (error: unknown): boolean => error instanceof DeadlineExceeded || error instanceof ClientGone;

/** It may be back at any moment. */
const RETRY_AFTER_SECONDS = 2;
