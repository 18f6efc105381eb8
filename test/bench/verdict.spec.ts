import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { seededRandom } from '../../bench/support/seeded-random.js';
import { judge, type Round, type Verdict } from '../../bench/support/verdict.js';

/** So many rounds show a slowdown of 5 % in noise of 10 %; what `--help` and CONTRIBUTING.md say. */
const ENOUGH = 280;
const NOISE = 0.1;

describe('a slowdown of 5 % in noise of 10 %', () => {
  it.each(['steady', 'drifting', 'jumping'] as const)('is found on a %s machine', (machine) => {
    expect(count(100, ENOUGH, { machine, slower: 1.05 }).slower).toBeGreaterThanOrEqual(95);
  });

  it('is found in rounds of several starts, too', () => {
    expect(count(100, ENOUGH, { machine: 'drifting', slower: 1.05, ofAStart: 4 }).slower).toBeGreaterThanOrEqual(95);
  });

  it('is found by 40 rounds where noise is 3.8 %', () => {
    expect(count(100, 40, { slower: 1.05, noise: 0.038 }).slower).toBeGreaterThanOrEqual(95);
  });
});

describe('equal trees', () => {
  it.each([5, 6, 7, 8, 10, 40])(
    'are no regression in any of 1,000 trials of %d rounds, and differ in about 1 %%',
    (rounds) => {
      const words = count(1000, rounds, { machine: 'jumping' });
      expect(words.regression).toBe(0);
      expect(words.slower + words.faster).toBeLessThanOrEqual(20);
    },
  );

  it('do not differ by the luck of each start, however many rounds are taken of it', () => {
    const words = count(300, 160, { ofAStart: 16, luck: 0.05 });
    expect(words.regression).toBe(0);
    expect(words.slower + words.faster).toBeLessThanOrEqual(9);
  });
});

describe('a regression', () => {
  it('is a slowdown of 25 %', () => {
    expect(count(100, 80, { machine: 'drifting', slower: 1.25 }).regression).toBeGreaterThanOrEqual(99);
  });

  it('is none of just under 10 %, which is slower', () => {
    const words = count(100, ENOUGH, { machine: 'drifting', slower: 1.09 });
    expect(words).toEqual({ ...NONE, slower: 100 });
  });

  it('is not made by rounds that stalled, and not hidden by them', () => {
    const stalled = (rounds: readonly Round[]) =>
      rounds.map((round, number) => (number === 7 ? { ...round, head: 5 * round.head } : round));
    expect(judge(stalled(taken(seededRandom(1), 40, {}))).word).toBe('no difference shown');
    const hiding = taken(seededRandom(2), 80, { slower: 1.25 }).map((round, number) =>
      number === 7 ? { ...round, base: 5 * round.base } : round,
    );
    expect(judge(hiding).word).toBe('regression');
  });
});

describe('a verdict', () => {
  it('says how small a difference its rounds could have shown', () => {
    const few = judge(taken(seededRandom(3), 10, {}));
    const many = judge(taken(seededRandom(3), ENOUGH, {}));
    expect(few.shows).toBeGreaterThan(0.1);
    expect(many.shows).toBeLessThan(0.05);
    expect(many.shows).toBeCloseTo(Math.sqrt(many.high / many.low) - 1);
  });

  it('is the same for the same rounds', () => {
    const rounds = taken(seededRandom(4), 20, {});
    expect(judge(rounds)).toEqual(judge(rounds));
  });

  it('does not know the unit, nor what a machine does to both at once', () => {
    fc.assert(
      fc.property(
        someRounds,
        fc.array(fc.double({ min: 1e-3, max: 1e3, noNaN: true }), { minLength: 40 }),
        (rounds, by) => {
          const scaled = rounds.map(({ base, head }, number) => {
            const factor = by[number] ?? 1;
            return { base: factor * base, head: factor * head };
          });
          expectAlike(judge(scaled), judge(rounds));
        },
      ),
      RUNS,
    );
  });

  it('is turned over when base and head are exchanged', () => {
    fc.assert(
      fc.property(someRounds, (rounds) => {
        const there = judge(rounds);
        const back = judge(rounds.map(({ base, head }) => ({ base: head, head: base })));
        expectAlike(back, { ratio: 1 / there.ratio, low: 1 / there.high, high: 1 / there.low, shows: there.shows });
      }),
      RUNS,
    );
  });

  it('holds the ratio within its interval', () => {
    fc.assert(
      fc.property(someRounds, (rounds) => {
        const { ratio, low, high } = judge(rounds);
        expect(low).toBeLessThanOrEqual(ratio);
        expect(high).toBeGreaterThanOrEqual(ratio);
      }),
      RUNS,
    );
  });

  it('is refused with fewer than five rounds, or starts, or with what is no positive number', () => {
    const rounds = taken(seededRandom(5), 40, {});
    expect(() => judge(rounds.slice(0, 4))).toThrow('4 rounds are too few to judge by: take 5');
    expect(() => judge(rounds.map((round, number) => ({ ...round, start: number % 4 })))).toThrow(RangeError);
    expect(() => judge([...rounds, { base: 1, head: 0 }])).toThrow('Round 40: 0 over 1');
    expect(() => judge([...rounds, { base: Number.NaN, head: 1 }])).toThrow(RangeError);
    expect(() => judge([...rounds, { base: 1, head: Number.POSITIVE_INFINITY }])).toThrow(RangeError);
  });
});

const RUNS = { numRuns: 40 };

const someDuration = fc.double({ min: 0.1, max: 10, noNaN: true });
const someRounds: fc.Arbitrary<Round[]> = fc.array(fc.record({ base: someDuration, head: someDuration }), {
  minLength: 5,
  maxLength: 40,
});

interface World {
  /** What meets both programs of a round: nothing; a wave of 30 %; up to 30 % either way, anew in each round. */
  readonly machine?: 'steady' | 'drifting' | 'jumping';
  /** What head takes, of base. */
  readonly slower?: number;
  /** Standard deviation of each value, of its own. */
  readonly noise?: number;
  /** Rounds of each start. */
  readonly ofAStart?: number;
  /** Standard deviation of what a program keeps of its start. */
  readonly luck?: number;
}

function taken(random: () => number, rounds: number, world: World): readonly Round[] {
  const { machine = 'steady', slower = 1, noise = NOISE, ofAStart, luck = 0 } = world;
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const phase = 2 * Math.PI * random();
  const lucks = Array.from({ length: rounds }, () => ({ base: 1 + luck * normal(), head: 1 + luck * normal() }));
  return Array.from({ length: rounds }, (_, number) => {
    const speed = { steady: 1, drifting: 1 + 0.3 * Math.sin(phase + number / 5), jumping: 0.7 + 0.6 * random() }[
      machine
    ];
    const start = ofAStart === undefined ? number : Math.floor(number / ofAStart);
    const value = (which: 'base' | 'head') =>
      (lucks[start]?.[which] ?? 1) * speed * Math.max(0.1, 1 + noise * normal());
    return { base: value('base'), head: slower * value('head'), ...(ofAStart !== undefined && { start }) };
  });
}

const NONE = { regression: 0, slower: 0, faster: 0, 'no difference shown': 0 } satisfies Record<
  Verdict['word'],
  number
>;

/** How often each verdict is given in so many trials. */
function count(trials: number, rounds: number, world: World): Record<Verdict['word'], number> {
  const random = seededRandom(2026);
  const words = { ...NONE };
  for (let trial = 0; trial < trials; trial += 1) words[judge(taken(random, rounds, world)).word] += 1;
  return words;
}

function expectAlike(found: Verdict, wanted: Omit<Verdict, 'word'>): void {
  for (const figure of ['ratio', 'low', 'high', 'shows'] as const) {
    expect(Math.abs(found[figure] - wanted[figure])).toBeLessThan(1e-9 * (1 + wanted[figure]));
  }
}
