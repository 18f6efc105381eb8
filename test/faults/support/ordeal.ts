import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from '@jest/globals';
import { expectNoLies } from './honesty.js';
import type { House } from './house.js';
import type { Kind, LoadTarget } from './load-requests.js';
import { isGood, type LoadRun } from './load-run.js';
import { OpenLoad } from './open-load.js';
import type { Seen } from './report.js';
import type { ServiceProcess } from './service-process.js';

export interface Ordeal {
  readonly house: House;
  readonly target: LoadTarget;
  /** Requests a second; {@link PER_SECOND} unless given. */
  readonly perSecond?: number;
  /** As of {@link OpenLoad}. */
  readonly mix?: Readonly<Partial<Record<Kind, number>>>;
  /** How long the fault lasts, from when {@link strike} is through. */
  readonly lastsMs: number;
  readonly strike: () => Promise<void> | void;
  /** Before the ways to the servers are restored, which they are in any case. */
  readonly relieve?: (() => Promise<void> | void) | undefined;
}

/** What came of it, by when requests were due. */
export interface Outcome {
  readonly all: LoadRun;
  readonly during: LoadRun;
  readonly after: LoadRun;
  /** Moments of `performance.now()`. */
  readonly struckMs: number;
  readonly relievedMs: number;
  readonly rest: Rest;
}

/** What a process holds when nothing is asked of it. */
export interface Rest {
  readonly descriptors: number;
  readonly heapBytes: number;
}

export const restOf = async (service: ServiceProcess): Promise<Rest> => ({
  heapBytes: await service.heapBytes(),
  descriptors: service.descriptors(),
});

const PER_SECOND = 40;
const CALM_MS = 1_000;
/** Long enough for what was lost to be missed, and for a breaker to close. */
const AFTER_MS = 3_000;

/** Lets a fault happen under a constant load, for a time, and goes on for a while when it is over. */
export async function undergo({ house, target, lastsMs, strike, relieve, ...load }: Ordeal): Promise<Outcome> {
  const rest = await restOf(house.service);
  const clients = new OpenLoad(target, { perSecond: PER_SECOND, ...load });
  try {
    await sleep(CALM_MS);
    const struckMs = performance.now();
    await strike();
    await sleep(lastsMs);
    await relieve?.();
    house.recover();
    const relievedMs = performance.now();
    await sleep(AFTER_MS);
    const all = await clients.stop();
    return {
      all,
      during: all.between(struckMs, relievedMs),
      after: all.between(relievedMs),
      struckMs,
      relievedMs,
      rest,
    };
  } finally {
    await clients.stop();
  }
}

/**
 * What must hold whatever happens: no acknowledged write is lost, no answer is older than one before it unless it is
 * marked, none comes later than its deadline, only clear refusals, and what was taken up is given back.
 */
export async function expectHonesty(
  house: House,
  { all, after, relievedMs, rest }: Outcome,
  saw: (seen: Seen) => void,
) {
  const recoveredMs = after.recoveredAfter(relievedMs);
  saw({
    errors: all.errors,
    p99Ms: all.latencyMs(0.99),
    ...(recoveredMs === undefined ? {} : { recoveredMs }),
  });
  await expectNoLies(all, (look) => house.mongodb.with((client) => look(client.db(house.database))));
  expect(all.laterThan(DEADLINE_MS + 100).requests).toEqual([]);
  expect(Object.keys(all.of((request) => !isGood(request)).outcomes).filter((outcome) => !CLEAR.has(outcome))).toEqual(
    [],
  );
  await house.service.untilDescriptors((open) => open <= rest.descriptors + SPARE_DESCRIPTORS);
  expect((await house.service.heapBytes()) - rest.heapBytes).toBeLessThan(MOST_HEAP_GROWTH);
  return { recoveredMs: recoveredMs ?? Number.POSITIVE_INFINITY };
}

/** DEADLINE_MS of the houses. */
export const DEADLINE_MS = 10_000;
/** Unavailable or overloaded, and not in time. */
const CLEAR = new Set(['503', '504']);
/** A pool of connections may have grown. */
const SPARE_DESCRIPTORS = 60;
const MOST_HEAP_GROWTH = 24 * 1_048_576;
