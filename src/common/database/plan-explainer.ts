import { AsyncLocalStorage } from 'node:async_hooks';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import type { Db, Document } from 'mongodb';
import type { Connection } from 'mongoose';
import { CONFIGURATION } from '../../config/config.module.js';
import type { Configuration } from '../../config/configuration.js';
import { unlessAborted } from '../resilience/deadline.js';
import { DatabaseGate } from './database-gate.js';
import { type Explainable, explain, explainable, explainFailure } from './explain-command.js';
import { Pace } from './pace.js';
import { type MonitoredQuery, QueryMonitor, type SlowQuery } from './query-monitor.js';
import { needsOf, type QueryNeeds } from './query-needs.js';
import { isCostly, type PlanSummary, together } from './query-plan.js';
import { type QueryShape, shapeOf } from './query-shape.js';
import { SlowQueryLog } from './slow-query-log.js';

/** A command, or a part of one, with its plan or why there is none. */
export interface ExplainedCommand {
  readonly shape: QueryShape;
  readonly plan: PlanSummary | undefined;
  readonly failure: string | undefined;
  readonly needs: QueryNeeds | undefined;
}

interface Job {
  readonly query: MonitoredQuery;
  readonly parts: readonly Explainable[];
  /** Called once there is a plan, or it is certain that there is none. */
  readonly done: () => void;
}

const WITHIN_MS = 2_000;
/** The driver waits no longer than this for a server that doesn't keep to it. */
const GIVEN_UP_AFTER_MS = 3_000;
const MOST_WAITING = 50;
const TRY_AGAIN_AFTER_MS = 10_000;
/** One a second, after a first few: a process that has just started has everything to learn. */
const EVERY_MS = 1_000;
const AT_ONCE = 20;

/**
 * Learns the plans of queries behind the back of whoever sends them: those of new shapes, of slow queries, and now and
 * then of all others. One at a time, few a second, and none while the database has anything else to wait for.
 */
@Injectable()
export class PlanExplainer implements OnApplicationShutdown {
  private readonly queue: Job[] = [];
  private readonly slowLog = new SlowQueryLog();
  private readonly pace = new Pace(EVERY_MS, AT_ONCE);
  /** What is done here is no part of the request that it was noticed in. */
  private readonly outside = AsyncLocalStorage.snapshot();
  private readonly db: Db;
  private working = false;
  private stopped = false;
  private pause: NodeJS.Timeout | undefined;

  constructor(
    @InjectConnection() connection: Connection,
    @Inject(CONFIGURATION) { mongodb }: Configuration,
    private readonly gate: DatabaseGate,
    monitor: QueryMonitor,
  ) {
    this.db = connection.getClient().db(mongodb.database);
    monitor.onPlanWanted((query, command, slow) => this.wanted(query, command, slow));
  }

  onApplicationShutdown(): void {
    this.stopped = true;
    clearTimeout(this.pause);
    for (const { done } of this.queue.splice(0)) done();
  }

  /**
   * Explains a command at once, each of its parts.
   * @throws {Unavailable} {@link Overloaded} {@link DeadlineExceeded}
   */
  async explainNow(name: string, command: Document): Promise<readonly ExplainedCommand[]> {
    const explained: ExplainedCommand[] = [];
    for (const part of explainable(name, command)) {
      explained.push(await this.gate.read(({ maxTimeMS }) => this.explainPart(part, Math.min(maxTimeMS, WITHIN_MS))));
    }
    return explained;
  }

  private wanted(query: MonitoredQuery, command: Document, slow: SlowQuery | undefined): void {
    const leftOut = slow === undefined ? undefined : this.slowLog.admit(query);
    if (slow !== undefined && leftOut === undefined) return;
    const done = () => {
      if (slow !== undefined && leftOut !== undefined) this.slowLog.tell(query, slow, leftOut);
    };
    const parts = explainable(query.shape.kind, command);
    if (parts.length > 0 && this.add({ query, parts, done }, slow !== undefined)) return;
    if (parts.length > 0) query.planDueMs = Date.now() + TRY_AGAIN_AFTER_MS;
    done();
  }

  /** Whether the job waits for its turn now. */
  private add(job: Job, first: boolean): boolean {
    const waits = this.queue.some(({ query }) => query === job.query);
    if (this.stopped || this.queue.length >= MOST_WAITING || (waits && !first)) return false;
    if (first) this.queue.unshift(job);
    else this.queue.push(job);
    if (!this.working) this.outside(() => void this.work());
    return true;
  }

  private async work(): Promise<void> {
    this.working = true;
    while (this.queue.length > 0) {
      await this.turn();
      const job = this.queue.shift();
      if (job !== undefined) await this.explain(job);
    }
    this.working = false;
  }

  private async turn(): Promise<void> {
    const waitMs = this.pace.take();
    if (waitMs === 0) return;
    await new Promise<void>((resolve) => {
      this.pause = setTimeout(resolve, waitMs).unref();
    });
  }

  private async explain({ query, parts, done }: Job): Promise<void> {
    try {
      if (this.isBusy) {
        query.planError = 'the database had other things to do';
        query.planDueMs = Date.now() + TRY_AGAIN_AFTER_MS;
      } else this.learn(query, await this.explainAll(parts));
    } finally {
      done();
    }
  }

  /** An operation waits for its turn, or the database is away. */
  private get isBusy(): boolean {
    return this.gate.dependency.state !== 'closed' || this.gate.limit.state.waiting > 0;
  }

  private async explainAll(parts: readonly Explainable[]): Promise<readonly ExplainedCommand[]> {
    const explained: ExplainedCommand[] = [];
    for (const part of parts) {
      const plan = await unlessAborted(this.explainPart(part, WITHIN_MS), AbortSignal.timeout(GIVEN_UP_AFTER_MS)).catch(
        (error: unknown) => failed(part, error),
      );
      explained.push(plan);
    }
    return explained;
  }

  private learn(query: MonitoredQuery, explained: readonly ExplainedCommand[]): void {
    const plans = explained.flatMap(({ plan }) => plan ?? []);
    query.planError = explained.find(({ failure }) => failure !== undefined)?.failure;
    if (query.planError !== undefined) return;
    query.plan = together(plans);
    const costly = explained.find(({ plan }) => plan !== undefined && isCostly(plan));
    query.needs = (costly ?? explained[0])?.needs;
  }

  private explainPart(part: Explainable, maxTimeMS: number): Promise<ExplainedCommand> {
    return explain(this.db, part, maxTimeMS).then(
      (plan) => ({ ...described(part), plan, failure: undefined }),
      (error: unknown) => failed(part, error),
    );
  }
}

const described = ({ name, command }: Explainable) => ({
  shape: shapeOf({ name, database: '', command }) ?? { kind: name, collection: String(command[name]), text: name },
  needs: needsOf(name, command),
});

const failed = (part: Explainable, error: unknown): ExplainedCommand => ({
  ...described(part),
  plan: undefined,
  failure: explainFailure(error),
});
