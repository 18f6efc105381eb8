import { seededRandom } from './seeded-random.js';

/** One metric of two programs, taken next to each other; less is better, in the same unit. */
export interface Round {
  readonly base: number;
  readonly head: number;
  /** Which start of the programs it was taken of, if they were started several times; else each round is for itself. */
  readonly start?: number;
}

export interface Verdict {
  /** `regression`: slower by more than a tenth, surely. `slower`, `faster`: surely, by however little. */
  readonly word: 'regression' | 'slower' | 'faster' | 'no difference shown';
  /** Head over base: over 1 is slower. */
  readonly ratio: number;
  /** Interval of the ratio, of 99 %. */
  readonly low: number;
  readonly high: number;
  /** The smallest difference that these rounds could have shown (0.08 is 8 %): silence says nothing about less. */
  readonly shows: number;
}

/** What the lower bound must pass for a regression. */
export const TOLERATED = 1.1;

const FEWEST = 5;

/**
 * Judges whether head is slower than base, by a bootstrap of the ratio of their medians, after each round was freed of
 * what met both programs (divided by the geometric mean of its two values). Without that, a drift of the machine by
 * 30 % hides what is plain within each round. The ratio of those medians is the median of the rounds' ratios.
 *
 * What is drawn is a round as a pair, or a start with all of its rounds: a program keeps the luck of its start (where code
 * and heap happen to lie), so more rounds of one start don't tell more about it. The same input has the same verdict.
 * @throws RangeError with fewer than five rounds or starts, or a value that is not a positive number
 */
export function judge(rounds: readonly Round[]): Verdict {
  const sample = sampleOf(rounds);
  const { logs, units } = sample;
  if (units.length < FEWEST) throw new RangeError(`${units.length} rounds are too few to judge by: take ${FEWEST}`);
  const estimate = median(logs, new Uint32Array(logs.length).fill(1), logs.length);
  const drawn = bootstrap(sample);
  const cut = Math.floor(drawn.length * TAIL);
  const wide = widening(units.length);
  const least = leastHalfWidth(units.length);
  const low = estimate - Math.max(least, (estimate - (drawn[cut] ?? Number.NaN)) * wide);
  const high = estimate + Math.max(least, ((drawn[drawn.length - 1 - cut] ?? Number.NaN) - estimate) * wide);
  return {
    word: wordOf(low, high),
    ratio: Math.exp(estimate),
    low: Math.exp(low),
    high: Math.exp(high),
    shows: Math.exp((high - low) / 2) - 1,
  };
}

const RESAMPLES = 4000;
/** Each side of the interval of 99 %. */
const TAIL = 0.005;
const SEED = 0x5eed;

/** Of typed arrays, as thousands of resamples take their time. */
interface Sample {
  /** Logarithms of the rounds' ratios, in ascending order. */
  readonly logs: Float64Array;
  /** What is drawn together: the places of its rounds among the logarithms. */
  readonly units: readonly (readonly number[])[];
}

function sampleOf(rounds: readonly Round[]): Sample {
  const read = rounds.map(({ base, head, start }, number) => {
    const log = Math.log(head / base);
    if (!(base > 0 && head > 0 && Number.isFinite(log))) throw new RangeError(`Round ${number}: ${head} over ${base}`);
    return { log, unit: start === undefined ? `round ${number}` : `start ${start}` };
  });
  const ascending = [...read.keys()].toSorted((a, b) => (read[a]?.log ?? 0) - (read[b]?.log ?? 0));
  const places = new Map(ascending.map((number, place) => [number, place]));
  const units = Map.groupBy(read.keys(), (number) => read[number]?.unit);
  return {
    logs: Float64Array.from(ascending, (number) => read[number]?.log ?? 0),
    units: [...units.values()].map((numbers) => numbers.map((number) => places.get(number) ?? 0)),
  };
}

/** Medians of the resamples, in ascending order. */
function bootstrap({ logs, units }: Sample): Float64Array {
  const random = seededRandom(SEED);
  const counts = new Uint32Array(logs.length);
  const medians = new Float64Array(RESAMPLES);
  for (let resample = 0; resample < RESAMPLES; resample += 1) {
    counts.fill(0);
    let total = 0;
    for (let draw = 0; draw < units.length; draw += 1) {
      // Between 0 and 2 ** 31, so that | 0 is floor.
      for (const place of units[(random() * units.length) | 0] ?? []) {
        counts[place] = (counts[place] ?? 0) + 1;
        total += 1;
      }
    }
    medians[resample] = median(logs, counts, total);
  }
  return medians.sort();
}

/** Of ascending values, each as often as it is counted; between the middle two, if there are two. */
function median(values: Float64Array, counts: Uint32Array, total: number): number {
  let passed = 0;
  let lower: number | undefined;
  for (let place = 0; place < values.length; place += 1) {
    const value = values[place] ?? 0;
    passed += counts[place] ?? 0;
    if (lower === undefined && 2 * passed >= total) lower = value;
    if (2 * passed > total) return ((lower ?? value) + value) / 2;
  }
  return 0; // of nothing
}

/** Of the normal distribution, for a tail of 0.005. */
const NORMAL = 2.5758;

/**
 * A percentile interval is too narrow for few values, as it takes their spread for that of the world. It is widened as
 * Student's t is against the normal distribution, and by the missing degree of freedom: T. Hesterberg, "What Teachers Should
 * Know About the Bootstrap" (2015), section 4.1. Twice as wide for 5 rounds, by 7 % for 40.
 */
function widening(count: number): number {
  const free = count - 1;
  const z = NORMAL;
  // Student's quantile by the normal one: Abramowitz and Stegun, 26.7.5.
  const t =
    z +
    (z ** 3 + z) / (4 * free) +
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * free ** 2) +
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * free ** 3);
  return (t / z) * Math.sqrt(count / free);
}

/**
 * Under eight values, no interval from the least to the greatest has 99 %, and now and then they agree by chance: then none
 * is narrower than noise of 5 % would make it (by the standard error of a median).
 */
function leastHalfWidth(count: number): number {
  if (count >= 8) return 0;
  const ofRatio = 0.05 * Math.SQRT2;
  return NORMAL * widening(count) * ofRatio * Math.sqrt(Math.PI / (2 * count));
}

function wordOf(low: number, high: number): Verdict['word'] {
  if (low > Math.log(TOLERATED)) return 'regression';
  if (low > 0) return 'slower';
  return high < 0 ? 'faster' : 'no difference shown';
}
