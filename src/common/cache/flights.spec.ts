import { getEventListeners } from 'node:events';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { Flights } from './flights.js';

/** Loads that end when the test says so, in the order in which they began. */
class Loads {
  readonly begun: PromiseWithResolvers<string>[] = [];
  /** Whether anybody wants the nth. */
  readonly wanted: AbortSignal[] = [];

  readonly load = (wanted: AbortSignal): Promise<string> => {
    const load = Promise.withResolvers<string>();
    this.begun.push(load);
    this.wanted.push(wanted);
    wanted.addEventListener('abort', () => load.reject(wanted.reason), { once: true });
    return load.promise;
  };

  get unwanted(): readonly boolean[] {
    return this.wanted.map(({ aborted }) => aborted);
  }

  end(nth: number, value = `load ${nth}`): void {
    this.begun[nth]?.resolve(value);
  }

  fail(nth: number): void {
    this.begun[nth]?.reject(new Error(`load ${nth} failed`));
  }
}

/** Until all that follows from what has happened has happened. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

let flights: Flights<string>;
let loads: Loads;
beforeEach(() => {
  flights = new Flights();
  loads = new Loads();
});

describe('loads of the same name', () => {
  it('are one while it is in flight', async () => {
    const both = [flights.join('clinic 1', loads.load), flights.join('clinic 1', loads.load)];
    loads.end(0);
    expect(await Promise.all(both)).toEqual(['load 0', 'load 0']);
    expect(loads.begun).toHaveLength(1);
  });

  it('are two when the first has ended', async () => {
    const first = flights.join('clinic 1', loads.load);
    loads.end(0);
    await first;
    const second = flights.join('clinic 1', loads.load);
    loads.end(1);
    expect(await second).toBe('load 1');
  });

  it('fail together', async () => {
    const both = [flights.join('clinic 1', loads.load), flights.join('clinic 1', loads.load)];
    loads.fail(0);
    const outcomes = await Promise.allSettled(both);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });

  it('begin anew after a failure', async () => {
    const failed = flights.join('clinic 1', loads.load);
    loads.fail(0);
    await expect(failed).rejects.toThrow('load 0 failed');
    const next = flights.join('clinic 1', loads.load);
    loads.end(1);
    expect(await next).toBe('load 1');
  });
});

describe('loads of different names', () => {
  it.each([
    ['keys', 'clinic 1\nv1', 'clinic 2\nv1'],
    ['versions', 'clinic 1\nv1', 'clinic 1\nv2'],
  ])('of different %s are not shared', async (_, one, other) => {
    const both = [flights.join(one, loads.load), flights.join(other, loads.load)];
    loads.end(1);
    loads.end(0);
    expect(await Promise.all(both)).toEqual(['load 0', 'load 1']);
  });
});

describe('the next load', () => {
  it('begins at once when none is under way', () => {
    void flights.next('clinic 1', loads.load);
    expect(loads.begun).toHaveLength(1);
  });

  it('does not begin while another is under way', async () => {
    void flights.next('clinic 1', loads.load);
    void flights.next('clinic 1', loads.load);
    await settled();
    expect(loads.begun).toHaveLength(1);
  });

  it('is never one that began before the question', async () => {
    const first = flights.next('clinic 1', loads.load);
    const second = flights.next('clinic 1', loads.load);
    loads.end(0);
    await settled();
    loads.end(1);
    expect(await Promise.all([first, second])).toEqual(['load 0', 'load 1']);
  });

  it('is one for all who ask while another is under way', async () => {
    void flights.next('clinic 1', loads.load);
    const waiting = Array.from({ length: 50 }, () => flights.next('clinic 1', loads.load));
    loads.end(0);
    await settled();
    loads.end(1);
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['load 1']));
    expect(loads.begun).toHaveLength(2);
  });

  it('takes on nobody any more once it has begun', async () => {
    void flights.next('clinic 1', loads.load);
    void flights.next('clinic 1', loads.load);
    loads.end(0);
    await settled();
    const late = flights.next('clinic 1', loads.load);
    loads.end(1);
    await settled();
    loads.end(2);
    expect(await late).toBe('load 2');
  });

  it('of another key does not wait', () => {
    void flights.next('clinic 1', loads.load);
    void flights.next('clinic 2', loads.load);
    expect(loads.begun).toHaveLength(2);
  });

  it('begins when the one before it has failed', async () => {
    const failed = flights.next('clinic 1', loads.load);
    const waiting = flights.next('clinic 1', loads.load);
    loads.fail(0);
    await expect(failed).rejects.toThrow('load 0 failed');
    await settled();
    loads.end(1);
    expect(await waiting).toBe('load 1');
  });

  it('fails for all who wait for it', async () => {
    void flights.next('clinic 1', loads.load);
    const waiting = [flights.next('clinic 1', loads.load), flights.next('clinic 1', loads.load)];
    loads.end(0);
    await settled();
    loads.fail(1);
    const outcomes = await Promise.allSettled(waiting);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });

  it('begins at once again when all have ended', async () => {
    const both = [flights.next('clinic 1', loads.load), flights.next('clinic 1', loads.load)];
    loads.end(0);
    await settled();
    loads.fail(1);
    await Promise.allSettled(both);
    await settled();
    void flights.next('clinic 1', loads.load);
    expect(loads.begun).toHaveLength(3);
  });
});

/** Somebody who waits, and may leave. */
class Rider {
  private readonly leaving = new AbortController();
  readonly signal = this.leaving.signal;

  leave(): void {
    this.leaving.abort(new Error('gone'));
  }
}

/** What became of each. */
const outcomes = async (waiting: readonly Promise<string>[]) =>
  (await Promise.allSettled(waiting)).map((one) => (one.status === 'fulfilled' ? one.value : String(one.reason)));

describe('a load that is waited for', () => {
  const riders = () => [new Rider(), new Rider()] as const;

  it('goes on while anybody waits', async () => {
    const [first, second] = riders();
    const both = [first, second].map(({ signal }) => flights.join('clinic 1', loads.load, signal));
    first.leave();
    loads.end(0);
    expect([await outcomes(both.slice(1)), loads.unwanted]).toEqual([['load 0'], [false]]);
  });

  it('is aborted when the last has left, with their reason', async () => {
    const [first, second] = riders();
    const both = [first, second].map(({ signal }) => flights.join('clinic 1', loads.load, signal));
    first.leave();
    second.leave();
    expect(await outcomes(both)).toEqual(['Error: gone', 'Error: gone']);
    expect(loads.unwanted).toEqual([true]);
  });

  it('is never aborted when somebody waits who does not leave', async () => {
    const [first] = riders();
    const both = [flights.join('clinic 1', loads.load), flights.join('clinic 1', loads.load, first.signal)];
    first.leave();
    loads.end(0);
    expect([await outcomes(both), loads.unwanted]).toEqual([['load 0', 'load 0'], [false]]);
  });

  it('is not joined any more when all have left', async () => {
    const [first] = riders();
    const left = flights.join('clinic 1', loads.load, first.signal);
    first.leave();
    const late = flights.join('clinic 1', loads.load);
    loads.end(1);
    expect(await outcomes([left, late])).toEqual(['Error: gone', 'load 1']);
  });

  it('that was left does not take the next one of its name with it when it ends', async () => {
    const [first] = riders();
    const left = flights.join('clinic 1', loads.load, first.signal);
    first.leave();
    const next = flights.join('clinic 1', loads.load);
    await outcomes([left]);
    const joined = flights.join('clinic 1', loads.load);
    loads.end(1);
    expect([await outcomes([next, joined]), loads.begun.length]).toEqual([['load 1', 'load 1'], 2]);
  });

  it('by nobody from the beginning is aborted at once', async () => {
    const waiting = flights.join('clinic 1', loads.load, AbortSignal.abort(new Error('gone')));
    expect([await outcomes([waiting]), loads.unwanted]).toEqual([['Error: gone'], [true]]);
  });

  it('and has ended, is not aborted by who leaves later, and keeps nothing of them', async () => {
    const [first] = riders();
    const done = flights.join('clinic 1', loads.load, first.signal);
    loads.end(0);
    await done;
    expect(getEventListeners(first.signal, 'abort')).toEqual([]);
    first.leave();
    expect(loads.unwanted).toEqual([false]);
  });
});

describe('the next load, when all who wait for it leave,', () => {
  it('is aborted while it runs, and another begins after it', async () => {
    const rider = new Rider();
    const left = flights.next('clinic 1', loads.load, rider.signal);
    const waiting = flights.next('clinic 1', loads.load);
    rider.leave();
    expect(await outcomes([left])).toEqual(['Error: gone']);
    await settled();
    loads.end(1);
    expect(await waiting).toBe('load 1');
  });

  it('never begins', async () => {
    const rider = new Rider();
    const running = flights.next('clinic 1', loads.load);
    const left = flights.next('clinic 1', loads.load, rider.signal);
    rider.leave();
    loads.end(0);
    expect(await outcomes([running, left])).toEqual(['load 0', 'Error: gone']);
    await settled();
    expect(loads.begun).toHaveLength(1);
  });

  it('is one again for those who come then, and no two run at a time', async () => {
    const rider = new Rider();
    const running = flights.next('clinic 1', loads.load);
    const left = flights.next('clinic 1', loads.load, rider.signal);
    rider.leave();
    const late = [flights.next('clinic 1', loads.load), flights.next('clinic 1', loads.load)];
    loads.end(0);
    await outcomes([running, left]);
    await settled();
    expect(loads.begun).toHaveLength(2);
    void flights.next('clinic 1', loads.load);
    await settled();
    expect(loads.begun).toHaveLength(2);
    loads.end(1);
    expect(await outcomes(late)).toEqual(['load 1', 'load 1']);
  });

  it('is aborted also once it has begun', async () => {
    const rider = new Rider();
    const running = flights.next('clinic 1', loads.load);
    const left = flights.next('clinic 1', loads.load, rider.signal);
    loads.end(0);
    await running;
    await settled();
    rider.leave();
    expect([await outcomes([left]), loads.unwanted]).toEqual([['Error: gone'], [false, true]]);
  });

  it('begins at once for whoever comes when all is over', async () => {
    const rider = new Rider();
    const left = flights.next('clinic 1', loads.load, rider.signal);
    rider.leave();
    await outcomes([left]);
    await settled();
    void flights.next('clinic 1', loads.load);
    expect(loads.begun).toHaveLength(2);
  });
});
