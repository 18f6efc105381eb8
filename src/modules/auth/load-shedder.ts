import { monitorEventLoopDelay } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { FastifyContextConfig, onRequestHookHandler } from 'fastify';
import type { Principal } from '../../common/context/principal.js';
import { isForOperators } from '../../common/http/route-config.js';
import { hookOf } from '../../common/http/route-hooks.js';
import { Overloaded } from '../../common/resilience/unavailable.js';
import { CONFIGURATION } from '../../config/config.module.js';
import type { Configuration } from '../../config/configuration.js';

const SAMPLE_MS = 500;
const NS_PER_MS = 1_000_000;
/** A tenant is heavy when it makes this many times its fair share of the requests. */
const HEAVY = 1.5;
/** From so many times the limit on, everything is refused. */
const SEVERE = 4;
/** Of the heap's limit. Above it the process mostly collects garbage, and then ends. */
const HEAP_FULL = 0.92;

/**
 * When the event loop falls behind, refuses reads of the tenants that ask most, so that the others, and all writes, are
 * still answered; when it is far behind or the heap is nearly full, everybody. Cache hits, probes and operators are
 * never refused. A request only compares numbers; a timer takes the samples.
 */
@Injectable()
export class LoadShedder implements OnApplicationShutdown {
  private readonly delay: ReturnType<typeof monitorEventLoopDelay> | undefined;
  private readonly timer: NodeJS.Timeout | undefined;
  private counts = new Map<string, number>();
  private heavy: ReadonlySet<string> = new Set();
  private severe = false;
  private refused = 0;

  constructor(@Inject(CONFIGURATION) { rateLimits }: Configuration) {
    const limitMs = rateLimits.shedEventLoopDelayMs;
    if (limitMs === 0) return;
    const delay = monitorEventLoopDelay({ resolution: 20 });
    delay.enable();
    this.delay = delay;
    let before = { delayMs: 0, heapShare: 0 };
    this.timer = setInterval(() => {
      const now = { delayMs: delay.percentile(90) / NS_PER_MS, heapShare: heapShare() };
      delay.reset();
      // One bad sample is a pause, such as a collection of garbage; load lasts.
      const lasting = {
        delayMs: Math.min(before.delayMs, now.delayMs),
        heapShare: Math.min(before.heapShare, now.heapShare),
      };
      this.sample(lasting, limitMs);
      before = now;
    }, SAMPLE_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
    this.delay?.disable();
  }

  get state() {
    return { refusesAll: this.severe, refusedTenants: this.heavy.size, refused: this.refused };
  }

  /** The hook of a route, to run after what answers from the cache; none where it is never refused. */
  of(config: FastifyContextConfig): onRequestHookHandler | undefined {
    if (config.access === undefined || config.access === 'public' || isForOperators(config)) return undefined;
    return hookOf(({ principal, method }) => this.admit(tenantOf(principal), method));
  }

  /** @throws {Overloaded} */
  admit(tenant: string | undefined, method: string): void {
    if (tenant !== undefined) this.counts.set(tenant, (this.counts.get(tenant) ?? 0) + 1);
    const isRead = method === 'GET' || method === 'HEAD';
    if (!this.severe && !(isRead && tenant !== undefined && this.heavy.has(tenant))) return;
    this.refused += 1;
    throw new Overloaded();
  }

  /** Ends a sample: decides by it who is refused during the next. */
  sample(
    { delayMs, heapShare: full }: { readonly delayMs: number; readonly heapShare: number },
    limitMs: number,
  ): void {
    const counts = this.counts;
    this.counts = new Map();
    this.heavy = delayMs > limitMs ? heaviest(counts) : new Set();
    this.severe = delayMs > SEVERE * limitMs || full > HEAP_FULL;
  }
}

const tenantOf = (principal: Principal | null): string | undefined =>
  principal?.kind === 'organization' ? principal.tenant : undefined;

function heapShare(): number {
  const { used_heap_size, heap_size_limit } = getHeapStatistics();
  return used_heap_size / heap_size_limit;
}

function heaviest(counts: ReadonlyMap<string, number>): ReadonlySet<string> {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const share = total / Math.max(1, counts.size);
  const heavy = [...counts].filter(([, count]) => counts.size === 1 || count > HEAVY * share).map(([tenant]) => tenant);
  return new Set(heavy);
}
