import type { Dependency } from './dependency.js';

/** How often a dependency is asked whether it is there, and how long it has to say so. */
const EVERY_MS = 1_000;
const WITHIN_MS = 1_500;
/** So many pings in a row without an answer say that it is away; one may be lost with its connection. */
const SILENCES = 2;
/** When the timer itself comes this late, it is this process that stands still. */
const LATE_MS = 250;

/** Asks a dependency all the time whether it is there, so that nobody has to find out by waiting for it. */
export class Probe {
  private stopped = false;
  private timer: NodeJS.Timeout | undefined;
  private silences = 0;

  /** @param ping rejects when there is no answer */
  constructor(
    private readonly dependency: Dependency,
    private readonly ping: () => Promise<unknown>,
  ) {}

  start(): void {
    void this.ask();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private async ask(): Promise<void> {
    const begunMs = performance.now();
    const silence = await answerWithin(this.ping, WITHIN_MS);
    if (this.stopped) return;
    if (silence === undefined) {
      this.silences = 0;
      this.dependency.answered();
    } else if (performance.now() - begunMs < WITHIN_MS + LATE_MS) {
      this.silences += 1;
      if (this.silences >= SILENCES) this.dependency.silent(silence);
    }
    this.timer = setTimeout(() => void this.ask(), this.silences > 0 ? EVERY_MS / 4 : EVERY_MS).unref();
  }
}

/** Undefined when there was an answer, else what was instead of it. */
async function answerWithin(ping: () => Promise<unknown>, ms: number): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const timer = setTimeout(resolve, ms, `no answer within ${ms} ms`).unref();
  try {
    return await Promise.race([answerOf(ping), promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** A ping that throws at once, as there is no connection yet, is one without an answer too. */
async function answerOf(ping: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await ping();
    return undefined;
  } catch (error) {
    return String(error);
  }
}
