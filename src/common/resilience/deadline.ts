/** The time of the request is over: nobody waits for what is still being done for it. */
export class DeadlineExceeded extends Error {
  constructor() {
    super('The time for the request is over');
    this.name = 'DeadlineExceeded';
  }
}

/** Whoever asked has gone. */
export class ClientGone extends Error {
  constructor() {
    super('The client is gone');
    this.name = 'ClientGone';
  }
}

/** Until when a piece of work is wanted. */
export interface TimeLimit {
  /** Aborts when the work isn't wanted any more. */
  readonly signal: AbortSignal;
  /** What is left, in ms; 1 at least, as 0 means "forever" to a database. */
  readonly leftMs: number;
  /** How long such work may take where nobody is in a hurry. */
  readonly allowedMs: number;
}

/**
 * The time limit of work that is shared: it may take its whole time, whatever hurry those who wait for it are in, and
 * ends early when nobody wants it any more. It has no timer: whoever waits has one.
 */
export class SharedLimit implements TimeLimit {
  private readonly endsAtMs: number;

  /** @param signal aborts when nobody waits any more */
  constructor(
    readonly signal: AbortSignal,
    readonly allowedMs: number,
  ) {
    this.endsAtMs = performance.now() + allowedMs;
  }

  get leftMs(): number {
    return leftUntil(this.endsAtMs);
  }
}

const leftUntil = (endsAtMs: number): number => Math.max(1, Math.ceil(endsAtMs - performance.now()));

/**
 * Until when a piece of work is wanted. Its signal aborts when the time is over ({@link DeadlineExceeded}) or when
 * whoever wanted it has gone ({@link ClientGone}).
 */
export class Deadline implements TimeLimit {
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;

  /**
   * @param endsAtMs on the clock of `performance.now()`
   * @param allowedMs how long such work may take where nobody is in a hurry
   */
  constructor(
    readonly endsAtMs: number,
    readonly allowedMs: number,
  ) {
    this.timer = setTimeout(() => this.cancel(new DeadlineExceeded()), Math.max(0, endsAtMs - performance.now()));
    // A process that has nothing else to do ends.
    this.timer.unref();
  }

  static in(ms: number): Deadline {
    return new Deadline(performance.now() + ms, ms);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  get leftMs(): number {
    return leftUntil(this.endsAtMs);
  }

  cancel(reason: DeadlineExceeded | ClientGone): void {
    this.end();
    this.controller.abort(reason);
  }

  /** The work has been done: the time no longer counts. */
  end(): void {
    clearTimeout(this.timer);
  }

  /** The result of the work, unless the deadline ends before. */
  within<T>(work: Promise<T>): Promise<T> {
    return unlessAborted(work, this.signal);
  }
}

/**
 * The result of the work, or the signal's reason as soon as it aborts. What the work then comes to is nobody's concern.
 */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
