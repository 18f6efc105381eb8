import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SLOT_SECONDS, type Tally, WINDOWS, WindowClock, type WindowName, Windows } from './windows.js';

/** Counts by keeping all that it is given. */
class Kept implements Tally<Kept> {
  readonly events: number[] = [];

  get empty(): boolean {
    return this.events.length === 0;
  }

  add({ events }: Kept): void {
    this.events.push(...events);
  }
}

/** What may happen: something to be counted, some time, or the end of a slot that comes so late. */
type Happening = { readonly count: true } | { readonly passesMs: number } | { readonly lateMs: number };

const SLOTS: Readonly<Record<Exclude<WindowName, 'start'>, number>> = { '60s': 6, '5m': 30, '1h': 360 };

let now: number;
let clock: WindowClock;
let windows: Windows<Kept>;
/** When each event happened, by its number. */
let events: number[];
let slotBegan: number[];
beforeEach(() => begin());

function begin(): void {
  now = 5_000;
  clock = new WindowClock(() => now);
  windows = new Windows(() => new Kept());
  clock.onTurn(() => windows.turn());
  events = [];
  slotBegan = [now];
}

function happen(what: Happening): void {
  if ('count' in what) {
    windows.current.events.push(events.length);
    events.push(now);
    // No slot ends at the very moment of an event.
    now += 1;
  } else if ('passesMs' in what) now += what.passesMs;
  else {
    now = Math.max(now, (slotBegan.at(-1) ?? 0) + SLOT_SECONDS * 1000) + what.lateMs;
    clock.turn();
    slotBegan.push(now);
  }
}

const counted = (window: WindowName): readonly number[] => windows.over(window).events.toSorted((a, b) => a - b);

/** The events that are at most so many seconds old. */
const within = (seconds: number): readonly number[] =>
  [...events.keys()].filter((at) => (events[at] ?? 0) >= now - seconds * 1000 - 1e-6);

const someMs = fc.nat(9_000);
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ count: fc.constant(true as const) }) },
  { weight: 2, arbitrary: fc.record({ passesMs: someMs }) },
  { weight: 3, arbitrary: fc.record({ lateMs: fc.oneof(fc.constant(0), someMs) }) },
);

describe('each window', () => {
  it('counts exactly what happened in the seconds that its clock says that it speaks of', () => {
    const story = fc.array(happening, { maxLength: 1_200, size: 'max' });
    fc.assert(
      fc.property(story, (happenings) => {
        begin();
        for (const what of happenings) happen(what);
        for (const window of WINDOWS) expect(counted(window)).toEqual(within(clock.seconds(window)));
      }),
      { numRuns: 60 },
    );
  });

  it('is as long as its name, but for the slots that have not made a whole part of it yet', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 900 }), fc.integer({ min: 0, max: 9 }), (slots, passed) => {
        begin();
        for (let slot = 0; slot < slots; slot += 1) happen({ lateMs: 0 });
        happen({ passesMs: passed * 1000 });
        const since = slots * SLOT_SECONDS + passed;
        expect(clock.seconds('start')).toBeCloseTo(since);
        for (const [window, most] of Object.entries(SLOTS)) {
          const spoken = clock.seconds(window as WindowName);
          expect(spoken).toBeGreaterThanOrEqual(Math.min(since, most * SLOT_SECONDS) - 1e-6);
          // A part of the minute is a slot, of the five minutes one minute, of the hour five.
          const part = { '60s': 1, '5m': 6, '1h': 30 }[window] ?? 0;
          expect(spoken).toBeLessThanOrEqual((most + part) * SLOT_SECONDS);
        }
      }),
      { numRuns: 60 },
    );
  });
});

it('what happened in the hour before the last is counted since the start alone', () => {
  happen({ count: true });
  for (let slot = 0; slot < 400; slot += 1) happen({ lateMs: 0 });
  expect(WINDOWS.map((window) => counted(window).length)).toEqual([0, 0, 0, 1]);
});

it('looking at a window changes nothing', () => {
  happen({ count: true });
  happen({ lateMs: 0 });
  happen({ count: true });
  const looks = [1, 2, 3].map(() => WINDOWS.map(counted));
  expect(looks).toEqual([1, 2, 3].map(() => WINDOWS.map(() => [0, 1])));
});

it('slots in which nothing happens make no tally', () => {
  let made = 0;
  const idle = new Windows(() => {
    made += 1;
    return new Kept();
  });
  for (let slot = 0; slot < 400; slot += 1) idle.turn();
  expect(made).toBe(1);
});
