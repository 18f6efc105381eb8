import { afterAll, expect, it } from '@jest/globals';
import { paced } from '../../bench/support/paced-load.js';
import { startProgram } from '../../bench/support/program.js';
import { TemporaryFolder } from '../support/temporary-folder.js';
import { smallServer } from './small-server.js';

const folder = new TemporaryFolder();
afterAll(() => folder.remove());

const ARRIVALS = 100;

/** The latencies of a load of one second on a server whose handler is given as text. */
async function latencyOn(handler: string) {
  const script = smallServer(folder, handler);
  const program = await startProgram('a server', script, {});
  const flows = [{ steps: [{ name: 'ask', path: '/', headers: {}, status: 200 }] }];
  try {
    return (await paced(program, { flows, arrivals: ARRIVALS, seconds: 1, connections: ARRIVALS })).latency;
  } finally {
    await program.stop();
  }
}

/** Text of a loop that holds the whole server up. */
const stallFor = (ms: number) => `const until = performance.now() + ${ms}; while (performance.now() < until);`;

it('a load at a fixed rate of arrivals counts a stall for everybody who was due in it', async () => {
  const latency = await latencyOn(
    `((number) => (_, response) => { number += 1; if (number === 20) { ${stallFor(400)} } response.end(); })(0)`,
  );
  expect(latency.count).toBe(ARRIVALS);
  // A tenth is due within the first 100 ms of it.
  expect(latency.p95).toBeGreaterThanOrEqual(300);
  expect(latency.mean).toBeGreaterThanOrEqual(60);
});
