import { jest } from '@jest/globals';

/**
 * A clock that stands still until it is moved, for all code of a spec: what holds for milliseconds (a read lease, a
 * credential that signed in a moment ago) holds for as long as a slow machine takes, no timer gives up a command that
 * is late, and nothing is done every so often. To be started before the service is.
 */
export class StillClock {
  constructor() {
    // What a turn of the event loop brings, it brings.
    jest.useFakeTimers({
      now: Date.UTC(2026, 0, 5, 12, 0, 1),
      doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'clearImmediate', 'hrtime'],
    });
  }

  /** Moves the time of day alone. */
  moveDate(ms: number): void {
    jest.setSystemTime(Date.now() + ms);
  }

  /** Moves all time. */
  move(ms: number): void {
    jest.advanceTimersByTime(ms);
  }

  /** Lets time go on. */
  release(): void {
    jest.useRealTimers();
  }
}
