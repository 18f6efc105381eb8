import type { Server } from 'node:http';
import { promisify } from 'node:util';
import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Redis } from 'ioredis';
import { DatabaseGate } from '../../../common/database/database-gate.js';
import { type PoolState, PoolWatch } from '../../../common/database/pool-watch.js';
import { QueryMonitor } from '../../../common/database/query-monitor.js';
import { RequestMetrics, templateOf } from '../../../common/observability/request-metrics.js';
import { WindowClock, type WindowName } from '../../../common/observability/windows.js';
import type { LimitState } from '../../../common/resilience/concurrency-limit.js';
import { type ProcessIdentity, thisProcess } from '../this-process.js';
import { type QueryFigures, queryFigures, type RequestFigures, requestFigures, rounded } from './metrics-figures.js';

export interface RouteFigures extends RequestFigures {
  readonly method: string;
  /** Such as `/api/v1/clinics/{id}`; `unmatched` for what no route takes. */
  readonly route: string;
}

export interface ShapeFigures extends QueryFigures {
  /** Such as `find clinics {organizationId: ?}`: no value of a query is in it. */
  readonly shape: string;
  readonly collection: string;
  readonly kind: string;
  /** Whoever has sent it: routes, or names of the service's own work. */
  readonly by: readonly string[];
  readonly lastSeen: string;
}

/** Which process and which time the figures speak of. */
interface Spoken {
  readonly process: ProcessIdentity;
  readonly speaksFor: 'this process';
  readonly window: WindowName;
  /** How long the window is at the moment. */
  readonly seconds: number;
}

export interface RequestReport extends Spoken {
  readonly total: RequestFigures;
  /** Those with requests in the window; first what took the most time in all. */
  readonly routes: readonly RouteFigures[];
}

export interface QueryReport extends Spoken {
  /** What takes longer is slow. */
  readonly slowMs: number;
  readonly total: QueryFigures;
  /** Those with queries in the window; first what took the most time in all. */
  readonly shapes: readonly ShapeFigures[];
}

export interface PoolReport {
  readonly process: ProcessIdentity;
  readonly speaksFor: 'this process';
  readonly mongodb: { readonly pool: PoolState; readonly operations: LimitState; readonly writes: LimitState };
  readonly redis: { readonly status: string };
  readonly http: { readonly open: number; readonly max: number };
}

/** What this process has measured of its requests, its queries and its connections. */
@Injectable()
export class MetricsReports {
  constructor(
    private readonly requests: RequestMetrics,
    private readonly queries: QueryMonitor,
    private readonly clock: WindowClock,
    private readonly poolWatch: PoolWatch,
    private readonly database: DatabaseGate,
    private readonly redis: Redis,
    private readonly host: HttpAdapterHost,
  ) {}

  summary(window: WindowName): RequestReport {
    const spoken = this.spoken(window);
    const routes = this.requests.routes
      .map(({ method, template, windows }) => ({ method, route: template, tally: windows.over(window) }))
      .filter(({ tally }) => !tally.empty)
      .toSorted((a, b) => b.tally.durations.sum - a.tally.durations.sum)
      .map(({ tally, ...route }) => ({ ...route, ...requestFigures(tally, spoken.seconds) }));
    return { ...spoken, total: requestFigures(this.requests.all.over(window), spoken.seconds), routes };
  }

  queryReport(window: WindowName): QueryReport {
    const spoken = this.spoken(window);
    const shapes = this.queries.queries
      .map((query) => ({ query, tally: query.windows.over(window) }))
      .filter(({ tally }) => !tally.empty)
      .toSorted((a, b) => b.tally.durations.sum - a.tally.durations.sum)
      .map(({ query: { shape, by, lastSeen }, tally }) => ({
        shape: shape.text,
        collection: shape.collection,
        kind: shape.kind,
        by: [...by].map(templateOf),
        lastSeen: lastSeen.toISOString(),
        ...queryFigures(tally, spoken.seconds),
      }));
    const total = queryFigures(this.queries.all.over(window), spoken.seconds);
    return { ...spoken, slowMs: this.queries.slowMs, total, shapes };
  }

  async pool(): Promise<PoolReport> {
    const server: Server = this.host.httpAdapter.getHttpServer();
    return {
      process: thisProcess(),
      speaksFor: 'this process',
      mongodb: {
        pool: this.poolWatch.state,
        operations: this.database.limit.state,
        writes: this.database.writes.state,
      },
      redis: { status: this.redis.status },
      http: { open: await promisify(server.getConnections.bind(server))(), max: server.maxConnections },
    };
  }

  private spoken(window: WindowName): Spoken {
    const seconds = rounded(this.clock.seconds(window));
    return { process: thisProcess(), speaksFor: 'this process', window, seconds };
  }
}
