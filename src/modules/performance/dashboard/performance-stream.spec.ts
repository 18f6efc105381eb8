import { once } from 'node:events';
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { Dependencies } from '../dependencies.js';
import { PerformanceStream, SNAPSHOT_EVERY_MS } from './performance-stream.js';
import type { Snapshot, Snapshots } from './snapshots.js';

let looked: number;
let fails: boolean;
let stream: PerformanceStream;
const forEver = new AbortController().signal;
beforeEach(() => {
  Logger.overrideLogger(false);
  jest.useFakeTimers();
  looked = 0;
  fails = false;
  const take = () => {
    looked += 1;
    if (fails) throw new Error('no figures');
    return { at: 'now' } as Snapshot;
  };
  const nobody = { all: [] } as unknown as Dependencies;
  stream = new PerformanceStream({ take } as Snapshots, nobody);
});
afterEach(() => {
  jest.useRealTimers();
  Logger.overrideLogger(true);
});

const eventsIn = (text: string | null) => text?.match(/^event: snapshot$/gm)?.length ?? 0;

it('the process is looked at once for all who look on, and not at all when nobody does', async () => {
  const viewers = [stream.open(forEver), stream.open(forEver), stream.open(forEver)];
  expect(looked).toBe(1);
  jest.advanceTimersByTime(3 * SNAPSHOT_EVERY_MS);
  expect(looked).toBe(4);
  for (const viewer of viewers) {
    viewer.setEncoding('utf8');
    expect(eventsIn(viewer.read())).toBe(4);
    viewer.destroy();
    await once(viewer, 'close');
  }
  jest.advanceTimersByTime(10 * SNAPSHOT_EVERY_MS);
  expect(looked).toBe(4);
});

it('while there are no figures it says that it lives, and goes on when there are', () => {
  const viewer = stream.open(forEver).setEncoding('utf8');
  viewer.read();
  fails = true;
  jest.advanceTimersByTime(SNAPSHOT_EVERY_MS);
  expect(viewer.read()).toBe(': no snapshot\n\n');
  fails = false;
  jest.advanceTimersByTime(SNAPSHOT_EVERY_MS);
  expect(eventsIn(viewer.read())).toBe(1);
});

it('ends for who wants no more, and begins for nobody after that', async () => {
  const wanted = new AbortController();
  const viewer = stream.open(wanted.signal).resume();
  wanted.abort();
  await once(viewer, 'end');
  expect(() => stream.open(wanted.signal)).toThrow('The process is stopping.');
});
