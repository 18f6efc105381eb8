import { Injectable } from '@nestjs/common';
import { type PoolState, PoolWatch } from '../../../common/database/pool-watch.js';
import { RequestMetrics, type RouteMetrics } from '../../../common/observability/request-metrics.js';
import { WindowClock } from '../../../common/observability/windows.js';
import type { BreakerState, Dependency } from '../../../common/resilience/dependency.js';
import { type AlertReport, Alerts } from '../alerts/alerts.service.js';
import { Dependencies } from '../dependencies.js';
import { Signals, type SignalValues } from '../signals.service.js';
import { type ProcessIdentity, thisProcess } from '../this-process.js';

/** A dependency of the process, as its circuit breaker has it. */
export interface BreakerView {
  readonly dependency: string;
  readonly state: BreakerState;
  readonly since: string;
  /** Why it opened last. */
  readonly cause?: string | undefined;
}

/** One of the routes that take most of the time; of the last minute. */
export interface BusyRoute {
  /** Such as `GET /api/v1/clinics/{id}`. */
  readonly route: string;
  readonly perSecond: number;
  /** Seconds of answering in a second: rate times mean. */
  readonly busyShare: number;
  readonly p95Ms: number;
  readonly errors: number;
}

/** A process at one moment. */
export interface Snapshot {
  readonly at: string;
  readonly process: ProcessIdentity;
  readonly signals: SignalValues;
  readonly breakers: readonly BreakerView[];
  /** Those that fire, and those that are about to. */
  readonly alerts: readonly AlertReport[];
  readonly pool: PoolState;
  readonly routes: readonly BusyRoute[];
}

const MOST_ROUTES = 8;

/** Looks at the process. It asks nobody outside, so it works whatever is away. */
@Injectable()
export class Snapshots {
  constructor(
    private readonly signals: Signals,
    private readonly dependencies: Dependencies,
    private readonly alerts: Alerts,
    private readonly pool: PoolWatch,
    private readonly requests: RequestMetrics,
    private readonly clock: WindowClock,
  ) {}

  take(): Snapshot {
    return {
      at: new Date().toISOString(),
      process: thisProcess(),
      signals: this.signals.read(),
      breakers: this.dependencies.all.map(breakerView),
      alerts: this.alerts.report().alerts.filter(({ state }) => state === 'firing' || state === 'pending'),
      pool: this.pool.state,
      routes: this.busiestRoutes(),
    };
  }

  private busiestRoutes(): readonly BusyRoute[] {
    const seconds = Math.max(1, this.clock.seconds('60s'));
    return this.requests.routes
      .map((route) => busyRoute(route, seconds))
      .filter(({ perSecond }) => perSecond > 0)
      .toSorted((one, other) => other.busyShare - one.busyShare)
      .slice(0, MOST_ROUTES);
  }
}

export const breakerView = (dependency: Dependency): BreakerView => ({
  dependency: dependency.name,
  state: dependency.state,
  since: dependency.changedAt.toISOString(),
  cause: dependency.counts.cause,
});

function busyRoute({ name, windows }: RouteMetrics, seconds: number): BusyRoute {
  const { count, durations, errors } = windows.over('60s');
  return {
    route: name,
    perSecond: count / seconds,
    busyShare: durations.sum / 1000 / seconds,
    p95Ms: durations.quantile(0.95),
    errors,
  };
}
