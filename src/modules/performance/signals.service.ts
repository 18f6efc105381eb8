import { Injectable } from '@nestjs/common';
import { Cache } from '../../common/cache/create-cache.js';
import { DatabaseGate } from '../../common/database/database-gate.js';
import { PoolWatch } from '../../common/database/pool-watch.js';
import { QueryMonitor } from '../../common/database/query-monitor.js';
import { Counters } from '../../common/observability/counters.js';
import { RequestMetrics } from '../../common/observability/request-metrics.js';
import { RuntimeMetrics } from '../../common/observability/runtime-metrics.js';
import { WindowClock, type WindowName } from '../../common/observability/windows.js';
import { LoadShedder } from '../auth/load-shedder.js';
import { cacheReads } from './cache-reads.js';
import { Dependencies } from './dependencies.js';
import type { SignalName } from './signals.js';

export type SignalValues = Readonly<Record<SignalName, number>>;

/** What this process can be judged by, as flat figures: see {@link SignalName}. */
@Injectable()
export class Signals {
  private readonly counters = new Counters(() => ({
    ...cacheReads(this.cache.statistics),
    degraded: this.cache.statistics.degraded,
    refused: this.shedder.state.refused + this.database.limit.state.refused,
  }));
  private readonly providers = new Map<SignalName, () => number>();

  constructor(
    private readonly requests: RequestMetrics,
    private readonly queries: QueryMonitor,
    private readonly runtime: RuntimeMetrics,
    private readonly cache: Cache,
    private readonly database: DatabaseGate,
    private readonly pool: PoolWatch,
    private readonly shedder: LoadShedder,
    private readonly dependencies: Dependencies,
    private readonly clock: WindowClock,
  ) {
    clock.onTurn(() => this.counters.turn());
  }

  /** Lets somebody else say what a signal is; 0 until then. */
  provide(name: SignalName, read: () => number): void {
    this.providers.set(name, read);
  }

  /** What somebody else says; 0 where nobody does. */
  provided(name: SignalName): number {
    return this.providers.get(name)?.() ?? 0;
  }

  /** As of now. */
  read(): SignalValues {
    const requests = this.requests.all.over('60s');
    const { durations } = requests;
    const queries = this.queries.all.over('60s');
    const recentQueries = this.queries.all.over('5m');
    const grown = this.counters.over('60s');
    const pool = this.pool.state;
    const { memory } = this.runtime;
    const seconds = Math.max(1, this.clock.seconds('60s'));
    const { bytes, mostBytes } = this.cache.memory;
    return {
      requestsPerSecond: requests.count / seconds,
      requestErrorShare: share(requests.errors, requests.count),
      requestErrorShare5m: this.errorShare('5m'),
      requestErrorShare1h: this.errorShare('1h'),
      requestP50Ms: durations.quantile(0.5),
      requestP90Ms: durations.quantile(0.9),
      requestP95Ms: durations.quantile(0.95),
      requestP99Ms: durations.quantile(0.99),
      queriesPerSecond: queries.durations.count / seconds,
      queryP95Ms: queries.durations.quantile(0.95),
      slowQueryShare: share(recentQueries.slow, recentQueries.durations.count),
      cachedReadsPerSecond: grown('reads') / seconds,
      cacheHitShare: share(grown('hits'), grown('reads')),
      cacheMemoryShare: share(bytes, mostBytes),
      cacheViolations: this.cache.statistics.coherence.violations,
      staleAnswersPerSecond: grown('degraded') / seconds,
      poolInUseShare: share(pool.inUse, pool.max),
      poolWaiting: pool.waiting,
      databaseWaiting: this.database.limit.state.waiting,
      refusedPerSecond: grown('refused') / seconds,
      eventLoopDelayP99Ms: this.runtime.eventLoop.delayP99Ms,
      eventLoopUtilization: this.runtime.eventLoop.utilization,
      heapShare: share(memory.heapUsedBytes, memory.heapLimitBytes),
      rssBytes: memory.rssBytes,
      openBreakers: this.dependencies.all.filter(({ state }) => state !== 'closed').length,
      missingIndexes: 0,
      scanningQueries: 0,
      ...Object.fromEntries([...this.providers].map(([name, read]) => [name, read()])),
    };
  }

  /** Reads of the last minute that the cache could have answered, and those that it has. */
  cacheReads(): { readonly reads: number; readonly hits: number } {
    const grown = this.counters.over('60s');
    return { reads: grown('reads'), hits: grown('hits') };
  }

  private errorShare(window: WindowName): number {
    const { errors, count } = this.requests.all.over(window);
    return share(errors, count);
  }
}

const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
