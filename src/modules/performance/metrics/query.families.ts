import { type QueryMonitor, QueryTally } from '../../../common/database/query-monitor.js';
import { counter, type Family, gauge, histogram, type Labels } from './families.js';

const BOUNDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Queries by kind and collection: of shapes there may be hundreds. */
export function queryFamilies({ queries }: QueryMonitor): readonly Family[] {
  const groups = new Map<string, { readonly labels: Labels; readonly tally: QueryTally }>();
  for (const { shape, windows } of queries) {
    const { kind, collection } = shape;
    const name = `${kind} ${collection}`;
    const group = groups.get(name) ?? { labels: { kind, collection: collection || 'none' }, tally: new QueryTally() };
    groups.set(name, group);
    group.tally.add(windows.over('start'));
  }
  const counted = [...groups.values()];
  const sums = (figure: 'slow' | 'failed') => counted.map(({ labels, tally }) => ({ labels, value: tally[figure] }));
  return [
    histogram(
      'mongodb_query_duration_seconds',
      'How long queries took, from the driver to its answer.',
      BOUNDS,
      counted.map(({ labels, tally: { durations } }) => ({ labels, durations })),
    ),
    counter('mongodb_slow_queries_total', 'Queries that took longer than SLOW_QUERY_MS.', sums('slow')),
    counter('mongodb_failed_queries_total', 'Queries that failed.', sums('failed')),
    gauge('mongodb_query_shapes', 'Queries that differ in more than their values.', queries.length),
  ];
}
