import { type EventLoopUtilization, monitorEventLoopDelay, PerformanceObserver, performance } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import { Sketch } from './sketch.js';
import type { WindowClock } from './windows.js';

const NS_PER_MS = 1_000_000;
const RESOLUTION_MS = 10;

/** How late timers came in the last slot, and how busy the event loop was. */
export interface EventLoopState {
  readonly delayP50Ms: number;
  readonly delayP99Ms: number;
  readonly delayMaxMs: number;
  /** Share of the time in which it had something to do. */
  readonly utilization: number;
}

export interface MemoryState {
  readonly rssBytes: number;
  readonly heapUsedBytes: number;
  readonly heapLimitBytes: number;
  readonly externalBytes: number;
}

/** How the process itself fares. */
export class RuntimeMetrics {
  /** Pauses for collecting garbage, since the start. */
  readonly collections = new Sketch();
  private readonly delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  private readonly observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) this.collections.record(duration);
  });
  private utilization: EventLoopUtilization = performance.eventLoopUtilization();
  private last: EventLoopState = { delayP50Ms: 0, delayP99Ms: 0, delayMaxMs: 0, utilization: 0 };

  constructor(clock: WindowClock) {
    clock.onTurn(() => this.turn());
  }

  start(): void {
    this.delay.enable();
    this.observer.observe({ entryTypes: ['gc'] });
  }

  stop(): void {
    this.delay.disable();
    this.observer.disconnect();
  }

  /** Of the last slot that has ended. */
  get eventLoop(): EventLoopState {
    return this.last;
  }

  get memory(): MemoryState {
    const { rss, heapUsed, external } = process.memoryUsage();
    return {
      rssBytes: rss,
      heapUsedBytes: heapUsed,
      heapLimitBytes: getHeapStatistics().heap_size_limit,
      externalBytes: external,
    };
  }

  private turn(): void {
    const { delay } = this;
    // A timer comes a resolution after the one before even when nothing is late.
    const late = (ns: number) => Math.max(0, ns / NS_PER_MS - RESOLUTION_MS);
    const now = performance.eventLoopUtilization();
    this.last = {
      delayP50Ms: late(delay.percentile(50)),
      delayP99Ms: late(delay.percentile(99)),
      delayMaxMs: delay.count === 0 ? 0 : late(delay.max),
      utilization: performance.eventLoopUtilization(now, this.utilization).utilization,
    };
    this.utilization = now;
    delay.reset();
  }
}
