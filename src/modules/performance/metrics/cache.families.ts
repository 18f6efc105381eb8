import type { Cache } from '../../../common/cache/create-cache.js';
import { counter, type Family, gauge, histogram } from './families.js';

const BOUNDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What the cache serves, what that costs, and whether it keeps its promise. */
export function cacheFamilies({ statistics, memory }: Pick<Cache, 'statistics' | 'memory'>): readonly Family[] {
  const { resources, coherence, degraded } = statistics;
  const counted = [...resources.values()].map((figures) => ({ labels: { resource: figures.resource }, figures }));
  return [
    counter(
      'cache_reads_total',
      'Reads: hit, nothing was loaded; miss, loaded and kept; bypass, loaded and not kept.',
      counted.flatMap(({ labels, figures: { hits, misses, bypasses } }) => [
        { labels: { ...labels, outcome: 'hit' }, value: hits },
        { labels: { ...labels, outcome: 'miss' }, value: misses },
        { labels: { ...labels, outcome: 'bypass' }, value: bypasses },
      ]),
    ),
    counter(
      'cache_voided_entries_total',
      'Misses that found an entry, which a write or its age had voided.',
      counted.map(({ labels, figures }) => ({ labels, value: figures.stale })),
    ),
    histogram(
      'cache_load_duration_seconds',
      'How long it took to load what was not served from the cache.',
      BOUNDS,
      counted.map(({ labels, figures }) => ({ labels, durations: figures.loadTimes })),
    ),
    counter(
      'cache_stale_answers_total',
      'Last known answers that were given as nothing could be loaded, marked as such.',
      degraded,
    ),
    counter(
      'cache_coherence_samples_total',
      'Writes that were read back through the cache after they were acknowledged.',
      coherence.samples,
    ),
    counter(
      'cache_coherence_violations_total',
      'Samples that were older than the acknowledged write: must stay 0.',
      coherence.violations,
    ),
    gauge('cache_memory_bytes', 'Bytes of the answers that are kept in the memory of the process.', memory.bytes),
    gauge('cache_memory_limit_bytes', 'The most bytes that they may take.', memory.mostBytes),
    gauge('cache_memory_entries', 'Answers that are kept in the memory of the process.', memory.size),
  ];
}
