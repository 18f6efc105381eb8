import { setImmediate as nextTurn } from 'node:timers/promises';
import { openMetricsContentType, prometheusContentType, Registry } from 'prom-client';
import type { Exemplar } from '../../../common/observability/request-metrics.js';
import type { DurationSeries, Family, Labels } from './families.js';

/** A format in which metrics are written: Prometheus' text format 0.0.4, or OpenMetrics 1.0, which has exemplars. */
export type Format = typeof prometheusContentType | typeof openMetricsContentType;

/** OpenMetrics where the client likes it better than text (RFC 9110 12.5.1), as Prometheus does; else text. */
export const formatFor = (accept = ''): Format =>
  likes(accept, 'application/openmetrics-text') > likes(accept, 'text/plain')
    ? openMetricsContentType
    : prometheusContentType;

/**
 * The families in a format, by prom-client. Each is written in a turn of the event loop of its own: with many routes all of
 * them are thousands of lines, and requests shouldn't wait for that.
 */
export function expose(families: readonly Family[], format: Format): Promise<string> {
  const registry = new Registry<Format>();
  registry.setContentType(format);
  const scraped: ScrapedRegistry = registry;
  let turn: Promise<unknown> = Promise.resolve();
  for (const family of families) {
    turn = turn.then(() => nextTurn());
    scraped.registerMetric(new ScrapedMetric(family, format, turn));
  }
  return registry.metrics();
}

/** What a registry needs of the metrics that it writes. */
interface ScrapedRegistry {
  registerMetric(metric: { get(): Promise<object> }): void;
}

/** A line. */
interface Sample {
  readonly metricName?: string;
  readonly labels: Readonly<Record<string, string | number>>;
  /** Those that lines have in common, which are written once for all of them. */
  readonly sharedLabels?: Labels;
  readonly value: number;
  readonly exemplar?: { readonly labelSet: Labels; readonly value: number; readonly timestamp: number } | undefined;
}

/** A family, as prom-client's registry takes metrics. */
class ScrapedMetric {
  /** OpenMetrics names a counter without its `_total`: the registry takes it off. */
  name: string;
  readonly type: Family['type'];
  readonly aggregator = 'sum';

  constructor(
    private readonly family: Family,
    private readonly format: Format,
    private readonly turn: Promise<unknown>,
  ) {
    this.name = family.name;
    this.type = family.type;
  }

  async get() {
    await this.turn;
    const { family, format, name, type, aggregator } = this;
    const values: readonly Sample[] =
      family.type === 'histogram'
        ? family.series.flatMap((series) => linesOf(name, series, family.bounds, format))
        : family.series;
    return { name, help: family.help, type, aggregator, values };
  }
}

/** The buckets, sum and count of a series. */
function linesOf(
  name: string,
  { labels, durations, exemplars = [] }: DurationSeries,
  bounds: readonly number[],
  format: Format,
): Sample[] {
  const { count, sum } = durations;
  const counts = [...durations.cumulative(bounds.map((seconds) => seconds * 1000)), count];
  const lines = [...bounds, Number.POSITIVE_INFINITY].map((bound, at): Sample => {
    const above = bounds[at - 1] ?? 0;
    const exemplar = exemplars.findLast(({ seconds }) => seconds > above && seconds <= bound);
    return {
      metricName: `${name}_bucket`,
      labels: { le: boundLabel(bound, format) },
      sharedLabels: labels,
      value: counts[at] ?? 0,
      exemplar: exemplar && exemplarOf(exemplar),
    };
  });
  const total = { labels: {}, sharedLabels: labels };
  lines.push({ ...total, metricName: `${name}_sum`, value: sum / 1000 });
  lines.push({ ...total, metricName: `${name}_count`, value: count });
  return lines;
}

const exemplarOf = ({ traceId, seconds, at }: Exemplar) => ({
  labelSet: { trace_id: traceId },
  value: seconds,
  timestamp: at / 1000,
});

/** OpenMetrics writes whole numbers as `1.0` where they are labels. A number is written faster than a text. */
function boundLabel(bound: number, format: Format): string | number {
  if (bound === Number.POSITIVE_INFINITY) return '+Inf';
  return format === openMetricsContentType && Number.isInteger(bound) ? bound.toFixed(1) : bound;
}

/** From 0 to 1, as the header says it of this type by its name; its parameters but `q` are of no account. */
function likes(accept: string, type: string): number {
  const weights = accept.split(',').flatMap((range) => {
    const [name = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    if (name !== type) return [];
    const weight = parameters.find((parameter) => parameter.startsWith('q='));
    return [weight === undefined ? 1 : Number(weight.slice(2)) || 0];
  });
  return Math.max(0, ...weights);
}
