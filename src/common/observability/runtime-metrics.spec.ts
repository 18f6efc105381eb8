import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { untilAnswer } from '../../../test/support/until.js';
import { RuntimeMetrics } from './runtime-metrics.js';
import { WindowClock } from './windows.js';

let clock: WindowClock;
let runtime: RuntimeMetrics;
beforeEach(() => {
  clock = new WindowClock();
  runtime = new RuntimeMetrics(clock);
  runtime.start();
});
afterEach(() => runtime.stop());

/** Holds up the event loop. */
function block(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

/** Lets timers come that are due, so that their lateness is seen. */
const timers = () => sleep(40);

it('says how late timers came in the last slot, and forgets it with the next', async () => {
  clock.turn();
  await timers();
  block(300);
  await timers();
  clock.turn();
  const { delayP50Ms, delayP99Ms, delayMaxMs, utilization } = runtime.eventLoop;
  expect(delayMaxMs).toBeGreaterThan(200);
  expect(delayP50Ms).toBeLessThanOrEqual(delayP99Ms);
  expect(delayP99Ms).toBeLessThanOrEqual(delayMaxMs);
  expect(utilization).toBeGreaterThan(0.2);
  expect(utilization).toBeLessThanOrEqual(1);
  clock.turn();
  expect(runtime.eventLoop.delayMaxMs).toBe(0);
});

it('an event loop that waits is not busy', async () => {
  clock.turn();
  await sleep(300);
  clock.turn();
  expect(runtime.eventLoop.utilization).toBeLessThan(0.5);
});

it('knows the memory of the process and what it may be', () => {
  const { rssBytes, heapUsedBytes, heapLimitBytes } = runtime.memory;
  expect([heapUsedBytes > 1e6, heapUsedBytes < heapLimitBytes, rssBytes > heapUsedBytes / 10]).toEqual([
    true,
    true,
    true,
  ]);
});

it('counts the pauses for collecting garbage', async () => {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  const before = runtime.collections.count;
  const { answer } = await untilAnswer(
    async () => {
      if (typeof collect === 'function') collect();
      await sleep(5);
      return runtime.collections;
    },
    ({ count }) => count > before,
  );
  expect(answer.sum).toBeGreaterThan(0);
});
