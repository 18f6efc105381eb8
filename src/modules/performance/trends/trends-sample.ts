import { z } from 'zod';

const count = z.int().min(0);
const figure = z.number().min(0);

/** As it is kept: without names, as there are many. The first says which form it has. */
const written = z.tuple([
  z.literal(1),
  z.string().max(64), // process
  count, // minute
  z.array(count).readonly(), // durations
  count, // errors
  count, // queries
  count, // slow
  count, // reads
  count, // hits
  figure, // poolInUse
  figure, // eventLoopDelayP99Ms
  figure, // rssBytes
  figure, // openBreakers
  figure, // firingAlerts
]);

/** What one process did in one minute. Counts add up; of all else it is the most that was seen. */
export interface TrendSample {
  /** Which process. */
  readonly process: string;
  /** Minutes since 1970. */
  readonly minute: number;
  /** How long the requests took, as buckets of a `Sketch`: they are also how many there were. */
  readonly durations: readonly number[];
  /** Requests that were answered 5xx. */
  readonly errors: number;
  readonly queries: number;
  readonly slow: number;
  /** Reads that the cache could have answered. */
  readonly reads: number;
  readonly hits: number;
  readonly poolInUse: number;
  readonly eventLoopDelayP99Ms: number;
  readonly rssBytes: number;
  readonly openBreakers: number;
  readonly firingAlerts: number;
}

/** A sample as it is kept; the same one is always the same text. */
export function writeSample(sample: TrendSample): string {
  const { process, minute, durations, errors, queries, slow, reads, hits } = sample;
  const { poolInUse, eventLoopDelayP99Ms, rssBytes, openBreakers, firingAlerts } = sample;
  const parts: z.input<typeof written> = [
    ...([1, process, minute, durations, errors, queries, slow, reads, hits] as const),
    ...([poolInUse, Math.round(eventLoopDelayP99Ms * 100) / 100, rssBytes, openBreakers, firingAlerts] as const),
  ];
  return JSON.stringify(parts);
}

/** Undefined for what isn't a sample, or is one of another version of the service. */
export function readSample(text: string): TrendSample | undefined {
  const { data } = written.safeParse(jsonOf(text));
  if (data === undefined) return undefined;
  const [, process, minute, durations, errors, queries, slow, reads, hits, ...most] = data;
  const [poolInUse, eventLoopDelayP99Ms, rssBytes, openBreakers, firingAlerts] = most;
  return {
    ...{ process, minute, durations, errors, queries, slow, reads, hits },
    ...{ poolInUse, eventLoopDelayP99Ms, rssBytes, openBreakers, firingAlerts },
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
