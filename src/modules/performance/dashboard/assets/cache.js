import { bytes, count, ms, percent } from './format.js';
import { SortedTable } from './table.js';

const reads = ({ hits, misses, bypasses }) => hits + misses + bypasses;

/** The cache by what is cached. */
export function cacheTable() {
  const table = new SortedTable({
    caption: 'The cache by resource, since the start of the process',
    keyOf: ({ name }) => name,
    sortBy: 'Reads',
    empty: 'Nothing has been read yet.',
    columns: [
      { label: 'Cached', code: true, text: ({ name }) => name, by: ({ name }) => name },
      {
        label: 'Hit rate',
        number: true,
        text: (row) => (reads(row) === 0 ? '–' : percent(row.hitRate)),
        by: ({ hitRate }) => hitRate,
        bar: ({ hitRate }) => hitRate,
      },
      { label: 'Reads', number: true, text: (row) => count(reads(row)), by: reads },
      { label: 'Misses', number: true, text: ({ misses }) => count(misses), by: ({ misses }) => misses },
      {
        label: 'Voided',
        about: 'Misses that found an entry which a write or its age had voided',
        number: true,
        text: ({ stale }) => count(stale),
        by: ({ stale }) => stale,
      },
      {
        label: 'Past it',
        about: 'Reads past the cache: asked for, during a write, or without Redis',
        number: true,
        text: ({ bypasses }) => count(bypasses),
        by: ({ bypasses }) => bypasses,
      },
      {
        label: 'Load p95',
        about: 'How long it takes to load what is not cached',
        number: true,
        text: ({ loadP95Ms, loads }) => (loads === 0 ? '–' : ms(loadP95Ms)),
        by: ({ loadP95Ms }) => loadP95Ms,
      },
    ],
  });
  const show = ({ state, resources, memory, redisBytes }) => {
    table.show(
      Object.entries(resources)
        .map(([name, statistics]) => ({ name, ...statistics }))
        .filter((row) => reads(row) + row.loads > 0),
    );
    const redis = redisBytes === undefined ? 'Redis does not answer' : `Redis ${bytes(redisBytes)}`;
    return `${state} · ${count(memory.entries)} entries, ${bytes(memory.bytes)} of ${bytes(memory.mostBytes)} · ${redis} · since start`;
  };
  return { element: table.element, show };
}
