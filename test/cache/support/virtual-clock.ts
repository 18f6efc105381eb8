import { afterAll, beforeAll, jest } from '@jest/globals';
import type { Clock } from '../../../src/common/cache/fences.js';

/** So that a jump in time doesn't fire each beat of an interval. */
const MOST_BEATS_MS = 1_000;

/**
 * Time that moves when the test says so, also for the timers that the code under test sets. Needs {@link useVirtualTime}.
 */
export class VirtualClock implements Clock {
  private ms = 0;
  private readonly sleepers = new Set<{ readonly untilMs: number; readonly wake: () => void }>();

  now(): number {
    return this.ms;
  }

  sleep(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.sleepers.add({ untilMs: this.ms + ms, wake: resolve });
    return promise;
  }

  get sleeping(): number {
    return this.sleepers.size;
  }

  advance(ms: number): void {
    this.ms += ms;
    for (const sleeper of this.sleepers) {
      if (sleeper.untilMs > this.ms) continue;
      this.sleepers.delete(sleeper);
      sleeper.wake();
    }
    jest.advanceTimersByTime(Math.min(ms, MOST_BEATS_MS));
  }
}

/** Puts the timers of all tests of a file under {@link VirtualClock}. */
export function useVirtualTime(): void {
  beforeAll(() => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
  });
  afterAll(() => {
    jest.useRealTimers();
  });
}
