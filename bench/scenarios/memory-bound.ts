import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { at } from '../support/at.js';
import type { Figure, Gauge } from '../support/scenario.js';

const MOST_MEGABYTES = 64;

/** Whether a bound in bytes bounds memory: what the tier counts, what it really holds, and whether the process grows on. */
export const memoryBound: Gauge = {
  title: `A million keys put into a memory tier of ${MOST_MEGABYTES} MB`,
  async run() {
    const { entries, counted, held, resident } = await fillTier();
    if (entries < 1000) throw new Error(`The tier has kept ${entries} entries`);
    const [half, end] = [at(resident, 0), at(resident, 1)];
    return [
      megabytes('MB counted', [counted], counted),
      megabytes('MB held', [held], held),
      // It has been full for long at half time; what is resident beyond what is held is V8's to give back.
      megabytes('MB resident, its growth', resident, end - half),
    ];
  },
};

interface Filled {
  readonly entries: number;
  readonly counted: number;
  readonly held: number;
  /** At half time, and at the end. */
  readonly resident: readonly number[];
}

async function fillTier(): Promise<Filled> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', 'bench/peers/full-memory-tier.ts'], {
    env: { ...process.env, MOST_BYTES: String(MOST_MEGABYTES * 1e6) },
  });
  return JSON.parse(stdout);
}

const megabytes = (name: string, measured: readonly number[], bytes: number): Figure => ({
  name,
  measured: measured.map((each) => each / 1e6),
  figure: bytes / 1e6,
});
