import { beforeEach, describe, expect, it } from '@jest/globals';
import { Flights } from './flights.js';

/** Loads that end when the test says so, in the order in which they began. */
class Loads {
  readonly begun: PromiseWithResolvers<string>[] = [];

  readonly load = (): Promise<string> => {
    const load = Promise.withResolvers<string>();
    this.begun.push(load);
    return load.promise;
  };

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
