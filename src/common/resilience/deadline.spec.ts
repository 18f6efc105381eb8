import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ClientGone, Deadline, DeadlineExceeded, SharedLimit, unlessAborted } from './deadline.js';

const forever = () => new Promise<never>(() => undefined);

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

describe('a deadline', () => {
  it('aborts when its time is over, not before', () => {
    const { signal } = Deadline.in(100);
    jest.advanceTimersByTime(99);
    expect(signal.aborted).toBe(false);
    jest.advanceTimersByTime(1);
    expect(signal.reason).toBeInstanceOf(DeadlineExceeded);
  });

  it('that was over before it began aborts at the next turn', () => {
    const { signal } = new Deadline(performance.now() - 50, 100);
    jest.advanceTimersByTime(0);
    expect(signal.reason).toBeInstanceOf(DeadlineExceeded);
  });

  it('says what is left, and never 0, which databases take for no limit', () => {
    const deadline = Deadline.in(100);
    expect(deadline.leftMs).toBe(100);
    jest.advanceTimersByTime(40);
    expect(deadline.leftMs).toBe(60);
    jest.advanceTimersByTime(200);
    expect(deadline.leftMs).toBe(1);
  });

  it('aborts at once with whoever wanted the work', () => {
    const deadline = Deadline.in(100);
    deadline.cancel(new ClientGone());
    expect(deadline.signal.reason).toBeInstanceOf(ClientGone);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('keeps the first reason', () => {
    const deadline = Deadline.in(100);
    deadline.cancel(new ClientGone());
    deadline.cancel(new DeadlineExceeded());
    expect(deadline.signal.reason).toBeInstanceOf(ClientGone);
  });

  it('never aborts once the work is done, and leaves no timer', () => {
    const deadline = Deadline.in(100);
    deadline.end();
    jest.advanceTimersByTime(1_000);
    expect([deadline.signal.aborted, jest.getTimerCount()]).toEqual([false, 0]);
  });
});

describe('work within a deadline', () => {
  it('gives its result', async () => {
    expect(await Deadline.in(100).within(Promise.resolve('done'))).toBe('done');
  });

  it('fails as it does', async () => {
    await expect(Deadline.in(100).within(Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  });

  it('that never ends is left when the time is over', async () => {
    const waiting = expect(Deadline.in(100).within(forever())).rejects.toBeInstanceOf(DeadlineExceeded);
    jest.advanceTimersByTime(100);
    await waiting;
  });

  it('is not waited for when the time is over already', async () => {
    const deadline = Deadline.in(100);
    jest.advanceTimersByTime(100);
    await expect(deadline.within(forever())).rejects.toBeInstanceOf(DeadlineExceeded);
  });

  it('may fail after it was left, which is nobody’s concern', async () => {
    const deadline = Deadline.in(100);
    const work = Promise.withResolvers<never>();
    const waiting = expect(deadline.within(work.promise)).rejects.toBeInstanceOf(ClientGone);
    deadline.cancel(new ClientGone());
    await waiting;
    work.reject(new Error('too late')); // Would end the process if nobody had taken it.
    await new Promise((resolve) =>
      jest.requireActual<typeof import('node:timers')>('node:timers').setImmediate(resolve),
    );
  });
});

it('a signal that many pieces of work were done under keeps nothing of them', async () => {
  const { signal } = new AbortController();
  for (let n = 0; n < 50; n += 1) await unlessAborted(Promise.resolve(n), signal);
  await expect(unlessAborted(Promise.reject(new Error('broken')), signal)).rejects.toThrow('broken');
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

describe('the limit of shared work', () => {
  it('is its whole time, of which no timer takes note', () => {
    const limit = new SharedLimit(new AbortController().signal, 100);
    expect([limit.leftMs, limit.allowedMs, jest.getTimerCount()]).toEqual([100, 100, 0]);
    jest.advanceTimersByTime(60);
    expect(limit.leftMs).toBe(40);
    jest.advanceTimersByTime(100);
    expect(limit.leftMs).toBe(1);
  });

  it('ends when nobody wants the work any more', () => {
    const wanted = new AbortController();
    const limit = new SharedLimit(wanted.signal, 100);
    wanted.abort(new ClientGone());
    expect(limit.signal.reason).toBeInstanceOf(ClientGone);
  });
});
