/** Something that the service stands on is away, too slow, or too busy to take more. */
export class Unavailable extends Error {
  /**
   * @param dependency what is away
   * @param retryAfterSeconds when to try again
   */
  constructor(
    readonly dependency: string,
    readonly retryAfterSeconds: number,
    cause?: unknown,
  ) {
    super(`${dependency} is not available`, { cause });
    this.name = 'Unavailable';
  }
}

export const isUnavailable = (error: unknown): error is Unavailable => error instanceof Unavailable;

/** A write was sent, and nobody will know whether it was made. */
export class OutcomeUnknown extends Error {
  constructor(cause: Unavailable) {
    super('Whether the write was made is not known', { cause });
    this.name = 'OutcomeUnknown';
  }
}

/** The service has as much to do as it can: refused without having waited, or after waiting for a turn in vain. */
export class Overloaded extends Error {
  constructor(readonly retryAfterSeconds = 1) {
    super('The service is overloaded');
    this.name = 'Overloaded';
  }
}
