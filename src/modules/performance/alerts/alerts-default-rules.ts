import type { WrittenRule } from './alerts-rules.js';

/** What anybody wants to be told of, unless ALERT_RULES_FILE names other rules; it takes the same as JSON. */
export const DEFAULT_ALERT_RULES: readonly WrittenRule[] = [
  {
    name: 'requests-fail',
    signal: 'requestErrorShare',
    above: 0.05,
    when: [{ signal: 'requestsPerSecond', above: 1 }],
    forSeconds: 60,
    severity: 'page',
    summary: 'More than 5 % of the requests are answered 5xx.',
    advice:
      '/performance/circuit-breakers says whether MongoDB or Redis is away, /performance/metrics/summary which routes fail; the log has each error by its correlation id.',
  },
  {
    name: 'some-requests-fail',
    signal: 'requestErrorShare5m',
    above: 0.01,
    when: [{ signal: 'requestsPerSecond', above: 1 }],
    forSeconds: 300,
    severity: 'ticket',
    summary: 'More than 1 % of the requests have been answered 5xx for minutes.',
    advice: '/performance/metrics/summary says which routes fail; the log has each error by its correlation id.',
  },
  {
    name: 'requests-slow',
    signal: 'requestP99Ms',
    above: 1_000,
    when: [{ signal: 'requestsPerSecond', above: 1 }],
    forSeconds: 120,
    severity: 'ticket',
    summary: '1 % of the requests take more than a second.',
    advice:
      '/performance/metrics/summary says which routes are slow; /performance/queries/slow, /performance/metrics/pool and the event loop in /performance/health say what they wait for.',
  },
  {
    name: 'queries-slow',
    signal: 'slowQueryShare',
    above: 0.05,
    when: [{ signal: 'queriesPerSecond', above: 0.5 }],
    forSeconds: 60,
    severity: 'ticket',
    summary: 'More than 5 % of the queries are slow (SLOW_QUERY_MS).',
    advice:
      '/performance/queries/slow has their shapes, plans and routes; /performance/indexes the index that would help.',
  },
  {
    name: 'cache-violations',
    signal: 'cacheViolations',
    above: 0,
    forSeconds: 0,
    severity: 'page',
    summary: 'The cache has served something that was older than an acknowledged write.',
    advice:
      'Start the processes with CACHE_ENABLED=false until it is understood. Was Redis restored, or does it evict (maxmemory-policy)? /performance/cache/stats counts the samples. Firing lasts until the process is started again.',
  },
  {
    name: 'indexes-missing',
    signal: 'missingIndexes',
    above: 0,
    forSeconds: 0,
    resolveSeconds: 0,
    severity: 'ticket',
    summary: 'The database lacks indexes that are declared, or has them otherwise.',
    advice: '/performance/indexes names them, with the createIndex for each; npm run indexes:sync creates all.',
  },
  {
    name: 'queries-scan',
    signal: 'scanningQueries',
    above: 0,
    forSeconds: 60,
    severity: 'ticket',
    summary: 'There are queries that no index serves.',
    advice:
      '/performance/queries/slow has their plans; /performance/indexes the index that would help. Add it to the schema.',
  },
  {
    name: 'pool-exhausted',
    signal: 'poolWaiting',
    above: 0,
    forSeconds: 30,
    severity: 'ticket',
    summary: 'Operations wait for a connection to MongoDB.',
    advice:
      '/performance/metrics/pool says how many; /performance/queries/slow what holds the connections. Raise MONGODB_MAX_POOL_SIZE only if MongoDB itself has time left.',
  },
  {
    name: 'operations-wait',
    signal: 'databaseWaiting',
    above: 0,
    forSeconds: 60,
    severity: 'ticket',
    summary: 'Operations have waited for their turn at the database for a minute.',
    advice:
      'MongoDB has become slower, and the process sends it less: /performance/circuit-breakers has the limit, /performance/queries/slow what takes long.',
  },
  {
    name: 'event-loop-late',
    signal: 'eventLoopDelayP99Ms',
    above: 100,
    forSeconds: 30,
    severity: 'ticket',
    summary: 'The process is too busy: its event loop turns more than 100 ms late.',
    advice:
      '/performance/metrics/summary says which routes it is busy with; start another process if it is all of them.',
  },
  {
    name: 'heap-nearly-full',
    signal: 'heapShare',
    above: 0.85,
    forSeconds: 60,
    severity: 'ticket',
    summary: 'More than 85 % of the heap is used.',
    advice: 'Lower CACHE_MEMORY_BYTES or raise --max-old-space-size; if it grows steadily, take a heap snapshot.',
  },
  {
    name: 'breaker-open',
    signal: 'openBreakers',
    above: 0,
    forSeconds: 10,
    severity: 'ticket',
    summary: 'Something that the service stands on is away.',
    advice:
      '/performance/circuit-breakers says what, since when and why; RELIABILITY.md what the service does meanwhile.',
  },
  {
    name: 'hit-rate-collapsed',
    signal: 'cacheHitShare',
    below: 0.3,
    when: [{ signal: 'cachedReadsPerSecond', above: 10 }],
    forSeconds: 300,
    severity: 'info',
    summary: 'The cache answers less than 30 % of the reads.',
    advice:
      '/performance/cache/stats says of which resource, and whether its entries are voided by writes, too old, or not kept for lack of CACHE_MEMORY_BYTES.',
  },
  {
    name: 'overloaded',
    signal: 'refusedPerSecond',
    above: 0,
    forSeconds: 30,
    severity: 'ticket',
    summary: 'Requests are refused because of overload.',
    advice:
      '/performance/circuit-breakers says whether the database or the process is at its limit, and how many tenants are refused; start another process, or lower their quotas.',
  },
];
