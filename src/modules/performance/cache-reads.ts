import type { CacheStatistics } from '../../common/cache/statistics.js';

/** Reads that the cache could have answered since the start, and how many it has. */
export function cacheReads({ resources }: CacheStatistics): { readonly reads: number; readonly hits: number } {
  const all = [...resources.values()];
  return {
    reads: all.reduce((sum, { hits, misses, bypasses }) => sum + hits + misses + bypasses, 0),
    hits: all.reduce((sum, { hits }) => sum + hits, 0),
  };
}
