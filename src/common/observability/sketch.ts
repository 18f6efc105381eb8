/** Neighbouring buckets differ by this: a quantile is right to within 2 %. */
const GAMMA = 1.04;
const LN_GAMMA = Math.log(GAMMA);
/** Ten microseconds to ten minutes, in milliseconds; what is outside counts as its end. */
const LEAST = 0.01;
const BUCKETS = Math.ceil(Math.log(600_000 / LEAST) / LN_GAMMA) + 1;

/**
 * How long things took, in milliseconds, in a fixed 1.8 KB: logarithmic buckets, as DDSketch has them (Masson, Rim and Lee,
 * VLDB 2019). Recording costs a logarithm and allocates nothing; sketches of the same kind add up.
 */
export class Sketch {
  private readonly buckets = new Uint32Array(BUCKETS);
  count = 0;
  sum = 0;
  min = Number.POSITIVE_INFINITY;
  max = 0;

  record(ms: number): void {
    const at = ms <= LEAST ? 0 : Math.min(BUCKETS - 1, Math.ceil(Math.log(ms / LEAST) / LN_GAMMA));
    this.buckets[at] = (this.buckets[at] ?? 0) + 1;
    this.count += 1;
    this.sum += ms;
    if (ms < this.min) this.min = ms;
    if (ms > this.max) this.max = ms;
  }

  /** What this share of all took at most, to within 2 %; 0 of nothing. */
  quantile(share: number): number {
    let left = Math.max(1, Math.ceil(share * this.count));
    for (const [at, count] of this.buckets.entries()) {
      left -= count;
      // The middle of the bucket, but never outside of what was seen.
      if (left <= 0) return Math.max(this.min, Math.min(this.max, middleOf(at)));
    }
    return 0;
  }

  get mean(): number {
    return this.count === 0 ? 0 : this.sum / this.count;
  }

  add(other: Sketch): void {
    // By number: an iterator takes twice as long.
    for (let at = 0; at < BUCKETS; at += 1) this.buckets[at] = (this.buckets[at] ?? 0) + (other.buckets[at] ?? 0);
    this.count += other.count;
    this.sum += other.sum;
    this.min = Math.min(this.min, other.min);
    this.max = Math.max(this.max, other.max);
  }

  clear(): void {
    this.buckets.fill(0);
    this.count = 0;
    this.sum = 0;
    this.min = Number.POSITIVE_INFINITY;
    this.max = 0;
  }

  /** Its buckets that hold something, each as its number and its count: to be kept, sent and added up elsewhere. */
  toSparse(): number[] {
    return [...this.buckets.entries()].filter(([, count]) => count > 0).flat();
  }

  /** What {@link toSparse} gave as a sketch again; its sum and its ends are then right to within 2 % as well. */
  static fromSparse(buckets: readonly number[]): Sketch {
    const sketch = new Sketch();
    for (let at = 0; at + 1 < buckets.length; at += 2) sketch.fill(buckets[at] ?? 0, buckets[at + 1] ?? 0);
    return sketch;
  }

  private fill(bucket: number, count: number): void {
    const at = Math.min(BUCKETS - 1, bucket);
    const ms = middleOf(at);
    this.buckets[at] = (this.buckets[at] ?? 0) + count;
    this.count += count;
    this.sum += count * ms;
    this.min = Math.min(this.min, ms);
    this.max = Math.max(this.max, ms);
  }

  /** How many took at most each of these, which rise: the cumulative buckets of a Prometheus histogram, to within 2 %. */
  cumulative(bounds: readonly number[]): readonly number[] {
    const counts = bounds.map(() => 0);
    let at = 0;
    let below = 0;
    for (const [n, bound] of bounds.entries()) {
      const last = bound <= LEAST ? 0 : Math.floor(Math.log(bound / LEAST) / LN_GAMMA + 1e-9);
      for (; at <= Math.min(last, BUCKETS - 1); at += 1) below += this.buckets[at] ?? 0;
      counts[n] = below;
    }
    return counts;
  }
}

const middleOf = (bucket: number): number => (2 * LEAST * GAMMA ** bucket) / (1 + GAMMA);
