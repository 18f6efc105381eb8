import { setTimeout as sleep } from 'node:timers/promises';
import { CROWDS } from './crowds.js';
import { cutOff, emptyRedis, restartRedisWithOldData } from './faults.js';
import { Trial } from './trial.js';
import type { Variant } from './variants.js';

/** What happens to Redis, over and over, while something is hunted for. */
export type Plague = 'none' | 'old data' | 'nothing left' | 'a process cut off';

export interface Hunt {
  readonly variant: Variant;
  readonly plague: Plague;
  readonly crowd: keyof typeof CROWDS;
  /** When to give up. */
  readonly ms: number;
}

/**
 * Has two processes work with such a cache until it is caught.
 * @returns the violations that were found; none when the time was over before
 */
export async function hunt({ variant, plague, crowd, ms }: Hunt): Promise<readonly string[]> {
  const trial = await Trial.start({ processes: 2, workload: CROWDS[crowd], variant });
  const over = new AbortController();
  const plaguing = strike(trial, plague, over.signal);
  try {
    trial.work();
    return await Promise.race([look(trial, ms), failureOf(plaguing)]);
  } finally {
    over.abort();
    trial.witness.close();
    await Promise.allSettled([plaguing]);
    await trial.stop();
  }
}

async function look({ witness }: Trial, ms: number): Promise<readonly string[]> {
  const begun = performance.now();
  let found: readonly string[] = [];
  while (found.length === 0 && performance.now() - begun < ms) {
    await sleep(LOOK_EVERY_MS);
    found = witness.violations(1);
  }
  return found;
}

async function strike(trial: Trial, plague: Plague, over: AbortSignal): Promise<void> {
  const { witness, stations } = trial;
  const [first] = stations;
  while (!over.aborted && plague !== 'none' && first !== undefined) {
    await witness.more(() => witness.reads.HIT, 100);
    if (plague === 'old data') await restartRedisWithOldData(trial, 10);
    else if (plague === 'nothing left') await emptyRedis(trial);
    else await cutOff(trial, first, 'cut', 2);
  }
}

/** Rejects when the work does; what it does when nobody waits for it any more is of no interest. */
const failureOf = (work: Promise<void>): Promise<never> =>
  new Promise((_, reject) => {
    work.catch(reject);
  });

const LOOK_EVERY_MS = 250;
