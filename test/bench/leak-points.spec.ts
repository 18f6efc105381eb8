import { afterAll, expect, it } from '@jest/globals';
import { leakPoints } from '../../bench/support/leak-points.js';
import { startInspected } from '../../bench/support/program.js';
import { TemporaryFolder } from '../support/temporary-folder.js';
import { smallServer } from './small-server.js';

const REQUESTS = 4_000;
const LEAKED_BYTES = 200;

const folder = new TemporaryFolder();
afterAll(() => folder.remove());

it('the leak check tells a program that keeps 200 bytes of each request from one that keeps nothing', async () => {
  const [kept, leaked] = [await check([]), await check(['--import', './bench/peers/leaking-requests.ts'])];
  expect(kept.points.map(({ requests }) => requests)).toEqual([0, 1_000, 2_000, 3_000, 4_000]);
  expect(Math.abs(kept.heapSlope)).toBeLessThan(LEAKED_BYTES / 4);
  expect(leaked.heapSlope).toBeGreaterThan(LEAKED_BYTES * 0.75);
  expect(leaked.heapSlope).toBeLessThan(LEAKED_BYTES * 1.5);
});

async function check(flags: readonly string[]) {
  const program = await startInspected('an empty answer', server(), {}, flags);
  const load = async (from: number, to: number) => {
    for (let number = from; number < to; number += 1) await (await fetch(program.url)).arrayBuffer();
  };
  try {
    return await leakPoints(program, load, REQUESTS);
  } finally {
    await program.stop();
  }
}

const server = (): string => smallServer(folder, "(_, response) => response.end('{}')");
