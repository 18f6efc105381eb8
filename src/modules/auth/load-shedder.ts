import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Problem } from '../../common/problems/problems.js';
import { CONFIGURATION } from '../../config/config.module.js';
import type { Configuration } from '../../config/configuration.js';

const SAMPLE_MS = 500;
const NS_PER_MS = 1_000_000;
/** A tenant is heavy when it makes this many times its fair share of the requests. */
const HEAVY = 1.5;

/**
 * When the event loop falls behind, refuses reads of the tenants that ask most, so that the others, and
 * all writes, are still answered. A request only compares numbers; a timer takes the samples.
 */
@Injectable()
export class LoadShedder implements OnApplicationShutdown {
  private readonly delay: ReturnType<typeof monitorEventLoopDelay> | undefined;
  private readonly timer: NodeJS.Timeout | undefined;
  private counts = new Map<string, number>();
  private heavy: ReadonlySet<string> = new Set();

  constructor(@Inject(CONFIGURATION) { rateLimits }: Configuration) {
    const limitMs = rateLimits.shedEventLoopDelayMs;
    if (limitMs === 0) return;
    const delay = monitorEventLoopDelay({ resolution: 20 });
    delay.enable();
    this.delay = delay;
    let beforeMs = 0;
    this.timer = setInterval(() => {
      const delayMs = delay.percentile(90) / NS_PER_MS;
      delay.reset();
      // One late sample is a pause, such as a collection of garbage; load lasts.
      this.sample(Math.min(beforeMs, delayMs), limitMs);
      beforeMs = delayMs;
    }, SAMPLE_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
    this.delay?.disable();
  }

  /** @throws {Problem} `overloaded` */
  admit(tenant: string, method: string): void {
    this.counts.set(tenant, (this.counts.get(tenant) ?? 0) + 1);
    if (this.heavy.size > 0 && this.heavy.has(tenant) && (method === 'GET' || method === 'HEAD')) {
      throw new Problem('overloaded', { headers: { 'retry-after': '1' } });
    }
  }

  /** Ends a sample: decides by its event-loop delay who is refused during the next. */
  sample(delayMs: number, limitMs: number): void {
    const counts = this.counts;
    this.counts = new Map();
    this.heavy = delayMs > limitMs ? heaviest(counts) : new Set();
  }
}

function heaviest(counts: ReadonlyMap<string, number>): ReadonlySet<string> {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const share = total / Math.max(1, counts.size);
  const heavy = [...counts].filter(([, count]) => counts.size === 1 || count > HEAVY * share).map(([tenant]) => tenant);
  return new Set(heavy);
}
