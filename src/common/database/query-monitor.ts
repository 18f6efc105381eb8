import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import type { Document, MongoClient } from 'mongodb';
import type { Connection } from 'mongoose';
import { CONFIGURATION } from '../../config/config.module.js';
import type { Configuration } from '../../config/configuration.js';
import { currentWork, type Work } from '../context/request-context.js';
import { Sketch } from '../observability/sketch.js';
import { Totals } from '../observability/totals.js';
import { type Tally, WindowClock, Windows } from '../observability/windows.js';
import { type CommandEnded, type DriverCommand, observeCommands } from './driver-commands.js';
import type { QueryNeeds } from './query-needs.js';
import type { PlanSummary } from './query-plan.js';
import { type QueryShape, shapeOf } from './query-shape.js';

/** What became of the queries of one shape. */
export class QueryTally implements Tally<QueryTally> {
  readonly durations = new Sketch();
  /** How many took longer than SLOW_QUERY_MS. */
  slow = 0;
  failed = 0;

  get empty(): boolean {
    return this.durations.count === 0;
  }

  add(other: QueryTally): void {
    this.durations.add(other.durations);
    this.slow += other.slow;
    this.failed += other.failed;
  }
}

/** A query that was slow. */
export interface SlowQuery {
  readonly at: Date;
  readonly ms: number;
  /** Of the request that it was for; none for work of the service's own. */
  readonly correlationId?: string | undefined;
  /** Such as `GET /api/v1/clinics/:id`, or the name of the service's own work. */
  readonly by?: string | undefined;
}

/** All queries that differ in their values alone. */
export class MonitoredQuery {
  readonly windows = new Windows(() => new QueryTally());
  /** The latest first. */
  readonly latestSlow: SlowQuery[] = [];
  /** Whoever has sent it: routes such as `GET /api/v1/clinics/:id`, or names of the service's own work. */
  readonly by = new Set<string>();
  lastSeen = new Date();
  /** As it was explained last; none where it never was. */
  plan: PlanSummary | undefined;
  /** What an index would have to be made of to serve it, or the part of it that is served worst. */
  needs: QueryNeeds | undefined;
  /** Why the last try to explain it has come to nothing. */
  planError: string | undefined;
  /** When its plan is to be looked at again, whether it is slow or not; in milliseconds since 1970. */
  planDueMs = 0;

  constructor(readonly shape: QueryShape) {}
}

/** Told of a query that is new, was slow or has not been looked at for long, with its values: its plan may be worth a look. */
export type PlanWanted = (query: MonitoredQuery, command: Document, slow: SlowQuery | undefined) => void;

const MOST_SHAPES = 300;
const MOST_SLOW = 10;
const MOST_BY = 20;
/** Plans change with the data. */
const PLAN_AGAIN_AFTER_MS = 600_000;
/** What has more shapes than are kept is one more. */
const OTHERS: QueryShape = { kind: 'other', collection: '', text: 'other' };

/** How all queries of this process fare, whoever wrote them, by their shape. */
@Injectable()
export class QueryMonitor implements OnApplicationShutdown {
  private readonly byShape = new Map<string, MonitoredQuery>();
  private readonly stop: () => void;
  private readonly wanted: PlanWanted[] = [];
  readonly slowMs: number;
  /** The queries of all shapes. */
  readonly all = new Totals(
    () => new QueryTally(),
    () => this.queries.map(({ windows }) => windows),
  );

  constructor(
    @InjectConnection() connection: Connection,
    @Inject(CONFIGURATION) { metrics }: Configuration,
    clock: WindowClock,
  ) {
    clock.onTurn(() => this.all.turn());
    this.slowMs = metrics.slowQueryMs;
    this.stop = metrics.enabled ? this.watch(connection.getClient()) : () => undefined;
  }

  onApplicationShutdown(): void {
    this.stop();
  }

  get queries(): readonly MonitoredQuery[] {
    return [...this.byShape.values()];
  }

  onPlanWanted(listener: PlanWanted): void {
    this.wanted.push(listener);
  }

  private watch(client: MongoClient): () => void {
    return observeCommands(client, (sent) => this.started(sent));
  }

  private started(sent: DriverCommand): CommandEnded | undefined {
    const shape = shapeOf(sent);
    if (shape === undefined) return undefined;
    const work = currentWork();
    if (work !== undefined) work.queries += 1;
    const query = this.byShape.get(shape.text) ?? this.add(shape);
    return (ms, error) => {
      const { current } = query.windows;
      current.durations.record(ms);
      query.lastSeen = new Date();
      if (error !== undefined) current.failed += 1;
      if (work !== undefined && query.by.size < MOST_BY) query.by.add(work.name);
      if (ms > this.slowMs) this.noteSlow(query, sent.command, slowQuery(ms, work));
      else if (query.lastSeen.getTime() >= query.planDueMs) this.wantPlan(query, sent.command);
    };
  }

  private add(shape: QueryShape): MonitoredQuery {
    const kept = this.byShape.size < MOST_SHAPES ? shape : OTHERS;
    const known = this.byShape.get(kept.text);
    if (known !== undefined) return known;
    const made = new MonitoredQuery(kept);
    this.byShape.set(kept.text, made);
    return made;
  }

  private noteSlow(query: MonitoredQuery, command: Document, slow: SlowQuery): void {
    query.windows.current.slow += 1;
    query.latestSlow.unshift(slow);
    if (query.latestSlow.length > MOST_SLOW) query.latestSlow.pop();
    this.wantPlan(query, command, slow);
  }

  private wantPlan(query: MonitoredQuery, command: Document, slow?: SlowQuery): void {
    // What is more than is kept has a plan each.
    if (query.shape === OTHERS) return;
    query.planDueMs = Date.now() + PLAN_AGAIN_AFTER_MS;
    for (const listener of this.wanted) listener(query, command, slow);
  }
}

const slowQuery = (ms: number, work: Work | undefined): SlowQuery => ({
  at: new Date(),
  ms,
  correlationId: work?.correlationId,
  by: work?.name,
});
