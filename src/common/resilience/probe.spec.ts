import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Dependency } from './dependency.js';
import { Probe } from './probe.js';

/** A server that answers pings in one of these ways. */
type Manner = 'answers' | 'refuses' | 'hangs' | 'throws';

let manner: Manner;
let pings: number;
let dependency: Dependency;
let probe: Probe;

const ping = (): Promise<unknown> => {
  pings += 1;
  if (manner === 'throws') throw new Error('there is no client yet');
  if (manner === 'refuses') return Promise.reject(new Error('ECONNREFUSED'));
  return manner === 'answers' ? Promise.resolve('PONG') : new Promise(() => undefined);
};

beforeEach(() => {
  jest.useFakeTimers();
  [manner, pings] = ['answers', 0];
  dependency = new Dependency('mongodb', () => true);
  probe = new Probe(dependency, ping);
});
afterEach(() => {
  probe.stop();
  dependency.stop();
  jest.useRealTimers();
});

const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);

describe('a dependency that is pinged', () => {
  it('is asked at once, then every second', async () => {
    probe.start();
    expect(pings).toBe(1);
    await pass(3_000);
    expect(pings).toBe(4);
  });

  it.each<[Manner, number]>([
    ['refuses', 250],
    ['throws', 250],
    ['hangs', 1_500 + 250 + 1_500],
  ])('and %s is away after two pings', async (how, afterMs) => {
    manner = how;
    probe.start();
    await pass(afterMs - 1);
    expect(dependency.state).toBe('closed');
    await pass(1);
    expect(dependency.state).toBe('open');
  });

  it('is there still when one ping was lost', async () => {
    manner = 'refuses';
    probe.start();
    await pass(100);
    manner = 'answers';
    await pass(250);
    manner = 'refuses';
    await pass(1_000);
    expect([pings, dependency.state]).toEqual([3, 'closed']);
  });

  it('is back within a quarter of a second of its answering again', async () => {
    manner = 'refuses';
    probe.start();
    await pass(10_000);
    manner = 'answers';
    await pass(250);
    expect(dependency.state).toBe('closed');
  });

  it('that was opened by work is back with the next answer', async () => {
    probe.start();
    dependency.silent('work has failed');
    await pass(1_000);
    expect(dependency.state).toBe('closed');
  });

  it('says why it is away', async () => {
    manner = 'hangs';
    probe.start();
    await pass(4_000);
    expect(dependency.counts.cause).toBe('no answer within 1500 ms');
  });
});

it('a process that stands still does not take its dependency for silent', async () => {
  manner = 'hangs';
  probe.start();
  for (let stall = 0; stall < 3; stall += 1) {
    // The clock goes on while no timer runs; then all that is due runs.
    const now = performance.now();
    const clock = jest.spyOn(performance, 'now').mockReturnValue(now + 10_000);
    await pass(1_500);
    clock.mockRestore();
    await pass(1_000);
  }
  expect(dependency.state).toBe('closed');
});

describe('a probe that is stopped', () => {
  it('asks no more and leaves no timer', async () => {
    probe.start();
    await pass(1_000);
    probe.stop();
    dependency.stop();
    await pass(10_000);
    expect([pings, jest.getTimerCount()]).toEqual([2, 0]);
  });

  it('says nothing of the ping that was under way', async () => {
    manner = 'refuses';
    probe.start();
    await pass(100);
    manner = 'hangs';
    await pass(200);
    probe.stop();
    await pass(10_000);
    expect([dependency.state, jest.getTimerCount()]).toEqual(['closed', 1]); // The breaker's own.
  });
});
