import { Injectable } from '@nestjs/common';
import { type MonitoredQuery, QueryMonitor } from '../../../common/database/query-monitor.js';
import type { QueryNeeds } from '../../../common/database/query-needs.js';
import { publicName } from '../../../common/lists/list-shapes.js';
import { templateOf } from '../../../common/observability/request-metrics.js';
import { WindowClock, type WindowName } from '../../../common/observability/windows.js';
import { thisProcess } from '../this-process.js';
import { type DocumentedRoute, documentedRoutes } from './documented-routes.js';
import { planReport } from './plan-report.js';
import type { SlowQueriesReport, SlowQueryReport } from './query-reports.js';

/** Which queries of this process were slow, why, and whose they are. */
@Injectable()
export class SlowQueries {
  constructor(
    private readonly monitor: QueryMonitor,
    private readonly clock: WindowClock,
  ) {}

  report(window: WindowName): SlowQueriesReport {
    const seconds = this.clock.seconds(window);
    const since = Date.now() - seconds * 1000;
    const queries = this.monitor.queries
      .map((query) => slowQuery(query, window, since))
      .filter(({ slow }) => slow > 0)
      .toSorted((a, b) => b.totalMs - a.totalMs);
    const { slowMs } = this.monitor;
    return { process: thisProcess(), speaksFor: 'this process', window, seconds: rounded(seconds), slowMs, queries };
  }
}

function slowQuery(query: MonitoredQuery, window: WindowName, sinceMs: number): SlowQueryReport {
  const { shape, plan, planError, latestSlow, lastSeen, needs } = query;
  const { durations, slow, failed } = query.windows.over(window);
  const senders = [...query.by].map(templateOf);
  return {
    shape: shape.text,
    collection: shape.collection,
    kind: shape.kind,
    ...{ count: durations.count, slow, failed },
    totalMs: rounded(durations.sum),
    meanMs: rounded(durations.mean),
    p95Ms: rounded(durations.quantile(0.95)),
    maxMs: rounded(durations.max),
    lastSeen: lastSeen.toISOString(),
    plan: plan === undefined ? null : planReport(plan),
    planError: planError ?? null,
    latest: latestSlow
      .filter(({ at }) => at.getTime() >= sinceMs)
      .map(({ at, ms, correlationId, by }) => ({
        at: at.toISOString(),
        ms: rounded(ms),
        correlationId: correlationId ?? null,
        by: by === undefined ? null : templateOf(by),
      })),
    routes: senders.filter(isRoute).map((route) => sender(route, needs)),
    work: senders.filter((name) => !isRoute(name)),
  };
}

const isRoute = (name: string): boolean => /^[A-Z]+ \//.test(name);

function sender(name: string, needs: QueryNeeds | undefined): SlowQueryReport['routes'][number] {
  const route = documentedRoutes().get(name.replace(/^HEAD /, 'GET '));
  const explain = route?.readsDirectory ? { route: route.name, parameters: parametersFor(route, needs) } : null;
  return { route: name, documentation: route?.documentation ?? null, explain };
}

/** Those that make the route send such a query, with values of the documentation. */
function parametersFor({ parameters }: DocumentedRoute, needs: QueryNeeds | undefined): Record<string, string> {
  const fields = (needs?.equality ?? []).map(publicName);
  const order = needs?.sort[0];
  return Object.fromEntries(
    parameters.flatMap(({ name, in: place, example }): (readonly [string, string])[] => {
      if (name === 'sort' && order !== undefined)
        return [[name, `${order.direction === -1 ? '-' : ''}${publicName(order.field)}`]];
      return example !== undefined && (place === 'path' || fields.includes(name)) ? [[name, example]] : [];
    }),
  );
}

const rounded = (figure: number): number => Math.round(figure * 100) / 100;
