import type { Program } from './program.js';

/** What a service says of itself in one second. */
export interface Reading {
  /** Share of the requests of this second that were answered from the cache. */
  readonly hits: number;
  /** The same since watching began. */
  readonly hitsSoFar: number;
  readonly residentMb: number;
  readonly heapMb: number;
  /** p99 of the delay of its event loop in the last 10 s. */
  readonly eventLoopMs: number;
}

export interface Watch {
  /** @returns a reading of each second so far */
  end(): Promise<readonly Reading[]>;
}

const BEAT_MS = 1000;

/** Reads the metrics of a service once a second, until it is ended. */
export function watch(service: Program, key: string): Watch {
  const readings: Promise<Counters>[] = [read(service, key)];
  const timer = setInterval(() => readings.push(read(service, key)), BEAT_MS);
  return {
    end: async () => {
      clearInterval(timer);
      readings.push(read(service, key));
      const all = await Promise.all(readings);
      const [first] = all;
      return all.slice(1).map((now, at) => ({
        ...now.gauges,
        hits: share(now, all[at]),
        hitsSoFar: share(now, first),
      }));
    },
  };
}

interface Counters {
  readonly hits: number;
  readonly requests: number;
  readonly gauges: Pick<Reading, 'residentMb' | 'heapMb' | 'eventLoopMs'>;
}

const share = (now: Counters, before: Counters | undefined): number =>
  (now.hits - (before?.hits ?? 0)) / (now.requests - (before?.requests ?? 0));

async function read({ url }: Program, key: string): Promise<Counters> {
  const answer = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${key}` } });
  const text = await answer.text();
  const sum = (name: string, labels = '') =>
    [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*${labels}[^}]*\\})? (\\S+)`, 'gm'))].reduce(
      (total, [, value]) => total + Number(value),
      0,
    );
  // The routes of the API alone: watching is no load.
  const api = 'route="/api/v1/(?!performance)';
  return {
    hits: sum('http_server_cache_hits_total', api),
    requests: sum('http_server_requests_total', api),
    gauges: {
      residentMb: sum('process_resident_memory_bytes') / 1e6,
      heapMb: sum('nodejs_heap_size_used_bytes') / 1e6,
      eventLoopMs: sum('nodejs_eventloop_lag_p99_seconds') * 1000,
    },
  };
}
