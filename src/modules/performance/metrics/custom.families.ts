import type { CustomMetric, MetricAttributes } from '../../../common/observability/custom-metrics.js';
import { counter, type Family, histogram, type Labels } from './families.js';

const BOUNDS = [0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** What features count and time, as `app_<name>_total` and `app_<name>_duration_seconds`. */
export function customFamilies(metrics: readonly CustomMetric[]): readonly Family[] {
  const families = metrics.flatMap((metric): readonly Family[] => {
    const name = `app_${underscored(metric.name)}`;
    if (metric.kind === 'count') {
      const total = `${name.replace(/_total$/, '')}_total`;
      const series = metric.series.map(({ attributes, value }) => ({ labels: labelsOf(attributes), value }));
      return [counter(total, `Counted as ${metric.name}.`, series)];
    }
    const { durations, failures } = metric;
    return [
      histogram(`${name}_duration_seconds`, `How long ${metric.name} took.`, BOUNDS, [{ labels: {}, durations }]),
      counter(`${name}_failures_total`, `How often ${metric.name} failed.`, failures),
    ];
  });
  // Names that differ in dots alone are one here, and a name that is there twice voids the whole scrape.
  return [...new Map(families.map((family) => [family.name.replace(/_total$/, ''), family])).values()];
}

const labelsOf = (attributes: MetricAttributes): Labels =>
  Object.fromEntries(Object.entries(attributes).map(([name, value]) => [underscored(name), value]));

const underscored = (name: string): string => name.replaceAll('.', '_');
