import { Logger } from '@nestjs/common';
import { templateOf } from '../observability/request-metrics.js';
import type { MonitoredQuery, SlowQuery } from './query-monitor.js';
import { type PlanSummary, verdictOf } from './query-plan.js';

/** Of each shape a line so often; the others are counted. */
const EVERY_MS = 60_000;

interface Logged {
  readonly atMs: number;
  leftOut: number;
}

/** Tells of slow queries: a line each, but for those of a shape that has had one within the minute. */
export class SlowQueryLog {
  private readonly log = new Logger('Queries');
  private readonly logged = new WeakMap<MonitoredQuery, Logged>();

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Whether the query is to be told of now: how many of its shape were left out before; undefined where it is left out. */
  admit(query: MonitoredQuery): number | undefined {
    const last = this.logged.get(query);
    if (last !== undefined && this.now() - last.atMs < EVERY_MS) {
      last.leftOut += 1;
      return undefined;
    }
    this.logged.set(query, { atMs: this.now(), leftOut: 0 });
    return last?.leftOut ?? 0;
  }

  tell(query: MonitoredQuery, slow: SlowQuery, leftOut: number): void {
    this.log.warn(slowQueryLine(query, slow, leftOut));
  }
}

/** No value of the query is in it. */
export function slowQueryLine(query: MonitoredQuery, slow: SlowQuery, leftOut: number): string {
  const { shape, plan, planError } = query;
  const by = slow.by === undefined ? '' : ` for ${templateOf(slow.by)}`;
  const of = slow.correlationId === undefined ? '' : ` (${slow.correlationId})`;
  const more = leftOut === 0 ? '' : `; ${leftOut} more of its shape were slow since the last line`;
  const how = plan === undefined ? `no plan${planError === undefined ? '' : `: ${planError}`}` : planLine(plan);
  return `slow: ${shape.text} took ${slow.ms.toFixed(1)} ms${by}${of}: ${how}${more}`;
}

function planLine(plan: PlanSummary): string {
  const { stages, indexes, keysExamined, docsExamined, returned } = plan;
  const by = indexes.length === 0 ? 'no index' : indexes.map(({ name }) => name).join(', ');
  const examined =
    keysExamined === null ? '' : `, ${keysExamined} keys and ${docsExamined} documents examined for ${returned}`;
  return `${verdictOf(plan)}, ${stages.join(' < ')} by ${by}${examined}`;
}
