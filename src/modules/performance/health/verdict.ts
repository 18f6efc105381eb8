import type { BreakerState } from '../../../common/resilience/dependency.js';
import type { AlertRule } from '../alerts/alerts-rules.js';

export type HealthStatus = 'healthy' | 'degraded' | 'unhealthy';

/** Why a process isn't healthy, and where to look next. */
export interface Reason {
  readonly severity: 'degraded' | 'unhealthy';
  readonly text: string;
  /** The path of the API that tells more. */
  readonly link: string;
}

export interface Verdict {
  readonly status: HealthStatus;
  /** The worst first; none where it is healthy. */
  readonly reasons: readonly Reason[];
}

/** All that a process is judged by. */
export interface VerdictFacts {
  readonly dependencies: readonly { readonly name: string; readonly breaker: BreakerState }[];
  /** Of the last 5 minutes. */
  readonly slowQueries: { readonly queries: number; readonly slow: number };
  readonly pool: { readonly inUse: number; readonly max: number; readonly waiting: number };
  readonly eventLoopDelayP99Ms: number;
  /** Share of the heap that is used. */
  readonly heapShare: number;
  /** Reads of the last minute that the cache could have answered, and how many it did. */
  readonly cache: { readonly reads: number; readonly hits: number; readonly violations: number };
  /** Those that fire. */
  readonly alerts: readonly Pick<AlertRule, 'name' | 'severity' | 'summary'>[];
}

/** Fewer queries say nothing of how many are slow. */
export const LEAST_QUERIES = 50;
/** Fewer reads say nothing of how many the cache answers: ten a second. */
export const LEAST_READS = 600;
/** The service does without all others. */
const INDISPENSABLE = 'mongodb';

const PERFORMANCE = '/api/v1/performance';

/** Judges a process: it is as well as the worst of what is wrong with it. */
export function verdictOf(facts: VerdictFacts): Verdict {
  const found = [
    ...dependencyReasons(facts),
    cacheReason(facts),
    slowQueryReason(facts),
    ...poolReasons(facts),
    eventLoopReason(facts),
    heapReason(facts),
    ...alertReasons(facts),
  ].filter((reason) => reason !== undefined);
  const reasons = [...found.filter(isUnhealthy), ...found.filter((reason) => !isUnhealthy(reason))];
  return { status: reasons[0]?.severity ?? 'healthy', reasons };
}

/** How slow the queries are: healthy under 5 %, unhealthy over 10 %; null where too few were sent to tell. */
export function slowQueryVerdict({ queries, slow }: VerdictFacts['slowQueries']): HealthStatus | null {
  if (queries < LEAST_QUERIES) return null;
  const share = slow / queries;
  return share > 0.1 ? 'unhealthy' : share >= 0.05 ? 'degraded' : 'healthy';
}

const isUnhealthy = ({ severity }: Reason): boolean => severity === 'unhealthy';

const dependencyReasons = ({ dependencies }: VerdictFacts): Reason[] =>
  dependencies
    .filter(({ breaker }) => breaker !== 'closed')
    .map(({ name, breaker }) => ({
      severity: name === INDISPENSABLE ? 'unhealthy' : 'degraded',
      text: `${name} is away (its circuit breaker is ${breaker}).`,
      link: `${PERFORMANCE}/circuit-breakers`,
    }));

function cacheReason({ cache: { reads, hits, violations } }: VerdictFacts): Reason | undefined {
  const link = `${PERFORMANCE}/cache/stats`;
  if (violations > 0) {
    const text = `The cache has served ${violations} answers that were older than an acknowledged write.`;
    return { severity: 'unhealthy', text, link };
  }
  if (reads < LEAST_READS || hits / reads >= 0.3) return undefined;
  return { severity: 'degraded', text: `The cache has answered only ${percent(hits / reads)} of the reads.`, link };
}

function slowQueryReason({ slowQueries }: VerdictFacts): Reason | undefined {
  const severity = slowQueryVerdict(slowQueries);
  if (severity === null || severity === 'healthy') return undefined;
  const share = percent(slowQueries.slow / slowQueries.queries);
  return {
    severity,
    text: `${share} of the queries of the last 5 minutes were slow.`,
    link: `${PERFORMANCE}/queries/slow`,
  };
}

function poolReasons({ pool: { inUse, max, waiting } }: VerdictFacts): Reason[] {
  const reason = (text: string): Reason => ({ severity: 'degraded', text, link: `${PERFORMANCE}/metrics/pool` });
  return [
    ...(waiting > 0 ? [reason(`Operations wait for a connection to MongoDB: ${waiting}.`)] : []),
    ...(inUse > 0.9 * max ? [reason(`${inUse} of at most ${max} connections to MongoDB are in use.`)] : []),
  ];
}

const eventLoopReason = ({ eventLoopDelayP99Ms: ms }: VerdictFacts): Reason | undefined =>
  ms <= 100
    ? undefined
    : {
        severity: ms > 500 ? 'unhealthy' : 'degraded',
        text: `The event loop turns ${Math.round(ms)} ms late: the process is too busy.`,
        link: `${PERFORMANCE}/metrics/summary`,
      };

const heapReason = ({ heapShare }: VerdictFacts): Reason | undefined =>
  heapShare <= 0.85
    ? undefined
    : {
        severity: heapShare > 0.95 ? 'unhealthy' : 'degraded',
        text: `${percent(heapShare)} of the heap is used.`,
        link: `${PERFORMANCE}/metrics/trends`,
      };

const alertReasons = ({ alerts }: VerdictFacts): Reason[] =>
  alerts
    .filter(({ severity }) => severity !== 'info')
    .map(({ name, severity, summary }) => ({
      severity: severity === 'page' ? 'unhealthy' : 'degraded',
      text: `The alert ${name} fires: ${summary}`,
      link: `${PERFORMANCE}/alerts`,
    }));

const percent = (share: number): string => `${Number((100 * share).toPrecision(3))} %`;
