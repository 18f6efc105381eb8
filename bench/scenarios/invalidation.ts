import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Figure, Gauge } from '../support/scenario.js';

/** Tags of an organization with 20 clinics, 100 providers and 300 assignments that is archived with all of them. */
const CASCADE = 420;

/** How long it takes to void a tag, and those of a cascade, in all processes: one release, as a write makes it. */
export const invalidation: Gauge = {
  title: 'Invalidation on loopback (ms, median and 95th percentile)',
  async run({ environment }) {
    const { stdout } = await promisify(execFile)(process.execPath, ['bench/peers/tag-releases.ts'], {
      env: { ...process.env, ...environment, CASCADE: String(CASCADE) },
    });
    const { one, cascade }: { readonly one: number[]; readonly cascade: number[] } = JSON.parse(stdout);
    return [figure('one tag', one), figure(`a cascade of ${CASCADE} tags`, cascade)];
  },
};

function figure(name: string, took: readonly number[]): Figure {
  const sorted = took.toSorted((a, b) => a - b);
  const [p50 = 0, p95 = 0] = [0.5, 0.95].map((share) => sorted[Math.floor(share * sorted.length)]);
  return { name: `${name}: p95 ms`, measured: [p50, p95], figure: p95 };
}
