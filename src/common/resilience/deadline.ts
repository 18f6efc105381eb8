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

/**
 * Until when a piece of work is wanted. Its signal aborts when the time is over ({@link DeadlineExceeded}) or when
 * whoever wanted it has gone ({@link ClientGone}).
 */
export class Deadline {
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private unhook: (() => void) | undefined;

  /**
   * @param endsAtMs on the clock of `performance.now()`
   * @param allowedMs how long such work may take where nobody is in a hurry
   */
  constructor(
    readonly endsAtMs: number,
    readonly allowedMs: number,
  ) {
    this.timer = setTimeout(() => this.cancel(new DeadlineExceeded()), Math.max(0, endsAtMs - performance.now()));
  }

  static in(ms: number): Deadline {
    return new Deadline(performance.now() + ms, ms);
  }

  /** For work that is shared: it may take its whole time, and ends early when nobody wants it any more. */
  static whileWanted(wanted: AbortSignal, ms: number): Deadline {
    const deadline = Deadline.in(ms);
    const cancel = () => deadline.cancel(wanted.reason);
    if (wanted.aborted) cancel();
    else wanted.addEventListener('abort', cancel, { once: true });
    // The signal may be there for longer than the work.
    deadline.unhook = () => wanted.removeEventListener('abort', cancel);
    return deadline;
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** What is left, in ms; 1 at least, as 0 means "forever" to a database. */
  get leftMs(): number {
    return Math.max(1, Math.ceil(this.endsAtMs - performance.now()));
  }

  cancel(reason: DeadlineExceeded | ClientGone): void {
    this.end();
    this.controller.abort(reason);
  }

  /** The work has been done: the time no longer counts. */
  end(): void {
    clearTimeout(this.timer);
    this.unhook?.();
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
