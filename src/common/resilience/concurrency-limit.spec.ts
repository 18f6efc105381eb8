import { afterEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { ConcurrencyLimit, type ConcurrencyOptions, STANDING_MS } from './concurrency-limit.js';
import { Overloaded } from './unavailable.js';

const OPTIONS: ConcurrencyOptions = { least: 2, most: 10, waitMs: 1_000, standingWaitMs: 1_000 };

/** A limit, the work that is done under it, ended by the test, and a clock that is set by hand. */
class Work {
  nowMs = 0;
  readonly limit: ConcurrencyLimit;
  readonly begun: (PromiseWithResolvers<void> & { readonly name: number })[] = [];
  readonly refused: unknown[] = [];
  mostAtOnce = 0;
  private running = 0;

  constructor(readonly options: ConcurrencyOptions = OPTIONS) {
    this.limit = new ConcurrencyLimit(options, () => this.nowMs);
  }

  ask(name = 0, signal?: AbortSignal): void {
    const work = async () => {
      const one = { ...Promise.withResolvers<void>(), name };
      this.begun.push(one);
      this.running += 1;
      this.mostAtOnce = Math.max(this.mostAtOnce, this.running);
      try {
        await one.promise;
      } finally {
        this.running -= 1;
      }
    };
    this.limit.run('read', work, signal).catch((error: unknown) => this.refused.push(error));
  }

  /** The oldest that runs is done, after so long. */
  async end(tookMs = 0, failure?: Error): Promise<void> {
    this.nowMs += tookMs;
    const one = this.begun.shift();
    if (failure === undefined) one?.resolve();
    else one?.reject(failure);
    await settled();
  }

  async endAll(): Promise<void> {
    while (this.begun.length > 0) await this.end();
  }

  /** One after the other, each of which takes so long. */
  async sequence(count: number, tookMs: number): Promise<void> {
    for (let n = 0; n < count; n += 1) {
      this.ask();
      await this.end(tookMs);
    }
  }

  /** Always more than may be done at once, so that the limit is reached. */
  async crowd(count: number, tookMs: number): Promise<void> {
    for (let n = 0; n < count; n += 1) {
      while (this.limit.state.running < this.limit.state.limit) this.ask();
      this.ask();
      await this.end(tookMs / this.limit.state.limit);
    }
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

afterEach(() => {
  jest.useRealTimers();
});

describe('a limit', () => {
  it('lets in as many as it says, and has the next wait', () => {
    const work = new Work();
    for (let n = 0; n < 11; n += 1) work.ask();
    expect([work.begun.length, work.limit.state]).toEqual([10, { limit: 10, running: 10, waiting: 1, refused: 0 }]);
  });

  it('hands turns on in order', async () => {
    const work = new Work({ ...OPTIONS, most: 1, least: 1 });
    for (let n = 0; n < 6; n += 1) work.ask(n);
    const order: number[] = [];
    while (work.begun.length > 0) {
      order.push(work.begun[0]?.name ?? -1);
      await work.end();
    }
    expect(order).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('gives the result of the work, and its error', async () => {
    const { limit } = new Work();
    expect(await limit.run('read', async () => 'done')).toBe('done');
    await expect(limit.run('read', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(limit.state.running).toBe(0);
  });

  it('gives a turn back when work throws at once', async () => {
    const { limit } = new Work();
    const work = () => {
      throw new Error('broken');
    };
    await expect(limit.run('read', work)).rejects.toThrow('broken');
    expect(limit.state.running).toBe(0);
  });
});

describe('whoever would wait', () => {
  /** One at a time, each of which is known to take so long. */
  async function slow(tookMs: number): Promise<Work> {
    const work = new Work({ ...OPTIONS, least: 1, most: 1 });
    await work.sequence(1, tookMs);
    work.ask();
    return work;
  }

  it('longer than is allowed, as things go, is refused at once', async () => {
    const work = await slow(300);
    for (let n = 0; n < 5; n += 1) work.ask();
    await settled();
    expect(work.limit.state).toMatchObject({ running: 1, waiting: 3, refused: 2 });
    expect(work.refused).toEqual([new Overloaded(), new Overloaded()]);
    await work.endAll();
  });

  it('is refused when the time is over after all, as what runs hangs', async () => {
    jest.useFakeTimers();
    const work = new Work({ ...OPTIONS, least: 1, most: 1 });
    work.ask();
    work.ask();
    await jest.advanceTimersByTimeAsync(999);
    expect(work.refused).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect([work.refused, work.limit.state.waiting]).toEqual([[new Overloaded()], 0]);
  });

  it('leaves the queue at once when nobody wants the work any more, with that as the reason', async () => {
    const work = await slow(1);
    const leaving = new AbortController();
    work.ask(1, leaving.signal);
    work.ask(2);
    leaving.abort('gone');
    await settled();
    expect([work.refused, work.limit.state.waiting]).toEqual([['gone'], 1]);
    await work.end();
    expect(work.begun[0]?.name).toBe(2);
    await work.endAll();
  });

  it('does not wait at all when nobody wants the work any more', async () => {
    const work = await slow(1);
    work.ask(1, AbortSignal.abort('gone'));
    await settled();
    expect([work.refused, work.limit.state.waiting]).toEqual([['gone'], 0]);
  });

  it('leaves no timer behind', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate'] });
    const work = await slow(1);
    const leaving = new AbortController();
    work.ask(1, leaving.signal);
    work.ask(2);
    leaving.abort('gone');
    await work.endAll();
    expect(jest.getTimerCount()).toBe(0);
  });
});

describe('a queue that stands', () => {
  it('is cut short, while a burst of the same length waits', async () => {
    const work = new Work({ ...OPTIONS, least: 1, most: 1, waitMs: 5_000, standingWaitMs: 300 });
    await work.sequence(1, 100);
    for (let n = 0; n < 20; n += 1) work.ask(n);
    expect(work.limit.state).toMatchObject({ waiting: 19, refused: 0 });
    work.nowMs += STANDING_MS;
    work.ask(20);
    await settled();
    expect(work.limit.state).toMatchObject({ waiting: 19, refused: 1 });
    await work.endAll();
    work.ask(21);
    for (let n = 0; n < 10; n += 1) work.ask(n);
    expect(work.limit.state).toMatchObject({ waiting: 10, refused: 1 });
    await work.endAll();
  });
});

describe('as latency goes', () => {
  it('it shrinks where many are at it and it takes several times as long as at best, never under the least', async () => {
    const work = new Work();
    await work.crowd(200, 20);
    expect(work.limit.state.limit).toBe(10);
    await work.crowd(300, 200);
    const shrunk = work.limit.state.limit;
    expect(shrunk).toBeLessThan(10);
    await work.crowd(2_000, 1_000);
    expect(work.limit.state.limit).toBe(2);
    await work.endAll();
  });

  it('it does not shrink where few are at it: they are not what makes it slow', async () => {
    const work = new Work();
    await work.sequence(200, 20);
    await work.sequence(500, 500);
    expect(work.limit.state.limit).toBe(10);
  });

  it('it does not shrink for what varies by itself', async () => {
    const work = new Work();
    await work.crowd(200, 0.1);
    await work.crowd(500, 50);
    expect(work.limit.state.limit).toBe(10);
    await work.endAll();
  });

  /** As many as may be at once, which all take so long. */
  const together = async (work: Work, kind: string, tookMs: number): Promise<void> => {
    const done = Promise.withResolvers<void>();
    const all = Array.from({ length: work.limit.state.limit }, () => work.limit.run(kind, () => done.promise));
    work.nowMs += tookMs;
    done.resolve();
    await Promise.all(all);
  };

  it('it does not shrink because more is done of what takes longer anyway', async () => {
    const work = new Work();
    const write = () => together(work, 'write', 400);
    const read = () => together(work, 'read', 20);
    for (let n = 0; n < 60; n += 1) await (n % 10 === 0 ? write() : read());
    for (let n = 0; n < 60; n += 1) await (n % 10 === 0 ? read() : write());
    expect(work.limit.state.limit).toBe(10);
  });

  it('it does not stay small for what was slow last and is not done any more', async () => {
    const work = new Work();
    for (let n = 0; n < 20; n += 1) await together(work, 'write', 20);
    for (let n = 0; n < 100; n += 1) await together(work, 'write', 1_000);
    expect(work.limit.state.limit).toBeLessThan(8);
    await work.crowd(1_000, 20);
    expect(work.limit.state.limit).toBe(10);
    await work.endAll();
  });

  it('it grows again one by one where it is reached, and never over the most', async () => {
    const work = await shrunken();
    await work.crowd(100, 20);
    const grown = work.limit.state.limit;
    expect(grown).toBeGreaterThan(2);
    expect(grown).toBeLessThan(6);
    await work.crowd(1_000, 20);
    expect(work.limit.state.limit).toBe(10);
    await work.endAll();
  });

  it('it does not grow where nobody needs it', async () => {
    const work = await shrunken();
    await work.sequence(600, 20);
    expect(work.limit.state.limit).toBe(2);
  });

  it('it grows again when the database has become slower for good', async () => {
    const work = await shrunken();
    await work.crowd(6_000, 1_000);
    expect(work.limit.state.limit).toBeGreaterThan(2);
    await work.endAll();
  });
});

/** One that has come down to the least, and where nothing runs. */
async function shrunken(): Promise<Work> {
  const work = new Work();
  await work.crowd(200, 20);
  await work.crowd(2_000, 1_000);
  await work.endAll();
  // What was slow is forgotten as fast as it was learnt.
  await work.sequence(400, 20);
  expect(work.limit.state.limit).toBe(2);
  return work;
}

it('a limit that has grown lets in those who wait before those who come', async () => {
  const work = await shrunken();
  for (let n = 0; n < 60; n += 1) work.ask(n);
  const order: number[] = [];
  while (work.begun.length > 0) {
    order.push(work.begun[0]?.name ?? -1);
    await work.end(1);
    if (order.length === 50) work.ask(60); // It has been judged now, and has grown.
  }
  expect(order).toEqual(Array.from({ length: 61 }, (_, n) => n));
});

it('whatever is asked, fails, hangs or is given up, no turn is lost and none too many is given', async () => {
  const event = fc.oneof(
    fc.record({ kind: fc.constant('ask' as const) }),
    fc.record({ kind: fc.constant('end' as const), tookMs: fc.integer({ min: 0, max: 200 }), fails: fc.boolean() }),
    fc.record({ kind: fc.constant('leave' as const), who: fc.nat(20) }),
  );
  const bounds = fc.record({ least: fc.integer({ min: 1, max: 4 }), more: fc.nat(6) });
  await fc.assert(
    fc.asyncProperty(bounds, fc.array(event, { maxLength: 150 }), async ({ least, more }, events) => {
      const work = new Work({ ...OPTIONS, least, most: least + more });
      const askers: AbortController[] = [];
      for (const happens of events) {
        if (happens.kind === 'ask') {
          const asker = new AbortController();
          askers.push(asker);
          work.ask(askers.length, asker.signal);
        } else if (happens.kind === 'end') {
          await work.end(happens.tookMs, happens.fails ? new Error('broken') : undefined);
        } else askers[happens.who]?.abort('gone');
        await settled();
        const { limit, running, waiting } = work.limit.state;
        expect([limit >= least, limit <= least + more, running]).toEqual([true, true, work.begun.length]);
        // Nobody waits while there is a turn.
        expect(waiting === 0 || running >= limit).toBe(true);
      }
      expect(work.mostAtOnce).toBeLessThanOrEqual(least + more);
      await work.endAll();
      expect(work.limit.state).toMatchObject({ running: 0, waiting: 0 });
    }),
    { numRuns: 60 },
  );
});
