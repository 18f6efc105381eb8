/** The figures that alerts, the verdict, the trends and the dashboard stand on, with what each says. Of the process. */
export const SIGNALS = {
  requestsPerSecond: 'Requests a second, over the last minute.',
  requestErrorShare: 'Share of the requests of the last minute that were answered 5xx.',
  requestErrorShare5m: 'Share of the requests of the last 5 minutes that were answered 5xx.',
  requestErrorShare1h: 'Share of the requests of the last hour that were answered 5xx.',
  requestP50Ms: 'Half of the requests of the last minute were answered within this.',
  requestP90Ms: '90 % of the requests of the last minute were answered within this.',
  requestP95Ms: '95 % of the requests of the last minute were answered within this.',
  requestP99Ms: '99 % of the requests of the last minute were answered within this.',
  queriesPerSecond: 'Queries a second, over the last minute.',
  queryP95Ms: '95 % of the queries of the last minute took at most this.',
  slowQueryShare: 'Share of the queries of the last 5 minutes that were slow (SLOW_QUERY_MS).',
  cachedReadsPerSecond: 'Reads a second that the cache could have answered, over the last minute.',
  cacheHitShare: 'Share of the cached reads of the last minute for which nothing was loaded.',
  cacheMemoryShare: 'Share of CACHE_MEMORY_BYTES that is taken.',
  cacheViolations: 'Sampled reads that were older than an acknowledged write, since the start: must stay 0.',
  staleAnswersPerSecond:
    'Last known answers that were given as nothing could be loaded, a second, over the last minute.',
  poolInUseShare: 'Share of the connections to MongoDB that are in use, of the most that there may be.',
  poolWaiting: 'Operations that wait for a connection to MongoDB.',
  databaseWaiting: 'Operations that wait for their turn at the database.',
  refusedPerSecond: 'Requests and operations that were refused because of overload, a second, over the last minute.',
  eventLoopDelayP99Ms: 'How late timers came at most, but for 1 %, in the last 10 s.',
  eventLoopUtilization: 'Share of the last 10 s in which the event loop was busy.',
  heapShare: 'Share of the heap that is used, of the most that it may be.',
  rssBytes: 'Memory of the process.',
  openBreakers: 'Dependencies whose circuit breaker is not closed.',
  missingIndexes: 'Declared indexes that the database does not have, or has otherwise.',
  scanningQueries: 'Shapes of queries of the last hour that no index serves.',
} as const;

export type SignalName = keyof typeof SIGNALS;

export const isSignalName = (name: string): name is SignalName => Object.hasOwn(SIGNALS, name);
