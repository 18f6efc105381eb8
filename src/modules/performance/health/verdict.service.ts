import { Injectable } from '@nestjs/common';
import { Cache } from '../../../common/cache/create-cache.js';
import { PoolWatch } from '../../../common/database/pool-watch.js';
import { QueryMonitor } from '../../../common/database/query-monitor.js';
import { RequestMetrics } from '../../../common/observability/request-metrics.js';
import { RuntimeMetrics } from '../../../common/observability/runtime-metrics.js';
import type { BreakerState } from '../../../common/resilience/dependency.js';
import { Alerts } from '../alerts/alerts.service.js';
import { Dependencies } from '../dependencies.js';
import { Signals, type SignalValues } from '../signals.service.js';
import { type ProcessIdentity, thisProcess } from '../this-process.js';
import { type HealthStatus, type Reason, slowQueryVerdict, type VerdictFacts, verdictOf } from './verdict.js';

/** What anybody may know. */
export interface PublicVerdict {
  readonly status: HealthStatus;
  /** Since when it has been so. */
  readonly since: string;
}

export interface HealthReport extends PublicVerdict {
  readonly process: ProcessIdentity;
  readonly reasons: readonly Reason[];
  readonly dependencies: readonly {
    readonly name: string;
    readonly state: 'up' | 'down';
    readonly breaker: BreakerState;
    readonly lastChange: string;
  }[];
  /** Of the last minute. */
  readonly requests: {
    readonly count: number;
    readonly perSecond: number;
    readonly errorShare: number;
    readonly p50Ms: number;
    readonly p99Ms: number;
  };
  /** Of the last 5 minutes. */
  readonly slowQueries: {
    readonly queries: number;
    readonly slow: number;
    readonly share: number;
    readonly slowMs: number;
    readonly verdict: HealthStatus | null;
  };
  readonly pool: {
    readonly size: number;
    readonly max: number;
    readonly available: number;
    readonly inUse: number;
    readonly waiting: number;
  };
  readonly eventLoop: { readonly delayP99Ms: number; readonly utilization: number };
  readonly memory: {
    readonly rssBytes: number;
    readonly heapUsedBytes: number;
    readonly heapLimitBytes: number;
    readonly heapShare: number;
  };
  /** Reads of the last minute. */
  readonly cache: {
    readonly state: 'off' | 'warming' | 'warm';
    readonly reads: number;
    readonly hits: number;
    readonly hitShare: number;
    readonly memoryShare: number;
    readonly violations: number;
  };
  readonly indexes: { readonly missing: number; readonly scanningQueries: number };
  readonly alerts: readonly { readonly name: string; readonly severity: string; readonly since: string }[];
}

/** The public verdict is good for this long, whoever asks and however often. */
const PUBLIC_FOR_MS = 1_000;

/** How this process fares, from what it knows already: nobody is asked. */
@Injectable()
export class VerdictService {
  private status: HealthStatus = 'healthy';
  private since = new Date();
  private judgedMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly signals: Signals,
    private readonly dependencies: Dependencies,
    private readonly alerts: Alerts,
    private readonly cache: Cache,
    private readonly pool: PoolWatch,
    private readonly runtime: RuntimeMetrics,
    private readonly queries: QueryMonitor,
    private readonly requests: RequestMetrics,
  ) {
    // So that it is known since when it has been so, also when nobody asks.
    alerts.onEvaluated((values) => this.judge(this.facts(values)));
  }

  /** The verdict with all that it stands on. */
  report(): HealthReport {
    const values = this.signals.read();
    const facts = this.facts(values);
    const { reasons } = this.judge(facts);
    const { slowQueries, cache } = facts;
    return {
      status: this.status,
      since: this.since.toISOString(),
      reasons,
      process: thisProcess(),
      dependencies: this.dependencies.all.map(({ name, state, changedAt }) => ({
        name,
        state: state === 'closed' ? 'up' : 'down',
        breaker: state,
        lastChange: changedAt.toISOString(),
      })),
      requests: {
        count: this.requests.all.over('60s').count,
        perSecond: values.requestsPerSecond,
        errorShare: values.requestErrorShare,
        p50Ms: values.requestP50Ms,
        p99Ms: values.requestP99Ms,
      },
      slowQueries: {
        ...slowQueries,
        share: values.slowQueryShare,
        slowMs: this.queries.slowMs,
        verdict: slowQueryVerdict(slowQueries),
      },
      pool: this.pool.state,
      eventLoop: { delayP99Ms: values.eventLoopDelayP99Ms, utilization: values.eventLoopUtilization },
      memory: this.memory(values),
      cache: {
        ...cache,
        state: this.cache.state,
        hitShare: cache.reads === 0 ? 0 : cache.hits / cache.reads,
        memoryShare: values.cacheMemoryShare,
      },
      indexes: { missing: values.missingIndexes, scanningQueries: values.scanningQueries },
      alerts: this.alerts.firing.map(({ rule: { name, severity }, state: { sinceMs } }) => ({
        name,
        severity,
        since: new Date(sinceMs).toISOString(),
      })),
    };
  }

  /** The verdict alone, at most a second old. */
  publicReport(): PublicVerdict {
    if (performance.now() - this.judgedMs >= PUBLIC_FOR_MS) this.judge(this.facts(this.signals.read()));
    return { status: this.status, since: this.since.toISOString() };
  }

  private judge(facts: VerdictFacts) {
    const verdict = verdictOf(facts);
    this.judgedMs = performance.now();
    if (verdict.status !== this.status) {
      this.status = verdict.status;
      this.since = new Date();
    }
    return verdict;
  }

  private facts(values: SignalValues): VerdictFacts {
    const { durations, slow } = this.queries.all.over('5m');
    return {
      dependencies: this.dependencies.all.map(({ name, state }) => ({ name, breaker: state })),
      slowQueries: { queries: durations.count, slow },
      pool: this.pool.state,
      eventLoopDelayP99Ms: values.eventLoopDelayP99Ms,
      heapShare: values.heapShare,
      cache: { ...this.signals.cacheReads(), violations: values.cacheViolations },
      alerts: this.alerts.firing.map(({ rule }) => rule),
    };
  }

  private memory({ heapShare }: SignalValues): HealthReport['memory'] {
    const { rssBytes, heapUsedBytes, heapLimitBytes } = this.runtime.memory;
    return { rssBytes, heapUsedBytes, heapLimitBytes, heapShare };
  }
}
