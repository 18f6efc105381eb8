import { Sketch } from './sketch.js';
import { withSpan } from './spans.js';

/** What a metric is counted by: a handful of values each, never an id, a tenant or what a client sends. */
export type MetricAttributes = Readonly<Record<string, string>>;

export interface CountedSeries {
  readonly attributes: MetricAttributes;
  readonly value: number;
}

/** A metric that a feature has made. */
export type CustomMetric =
  | { readonly kind: 'count'; readonly name: string; readonly series: readonly CountedSeries[] }
  | { readonly kind: 'duration'; readonly name: string; readonly durations: Sketch; readonly failures: number };

const NAME = /^[a-z][a-z0-9_.]{0,62}$/;
const VALUE = /^[\w.-]{1,40}$/;
const MOST_NAMES = 100;
const MOST_SERIES = 20;
/** Whatever is counted past the bound. */
const OTHERS: MetricAttributes = { others: 'true' };

interface Duration {
  readonly durations: Sketch;
  failures: number;
}

/** The metrics that features make, bounded in number whatever they do. */
export class CustomMetrics {
  private readonly counts = new Map<string, Map<string, { readonly attributes: MetricAttributes; value: number }>>();
  private readonly durations = new Map<string, Duration>();

  /** Since the start of the process, in the order of their names. */
  entries(): readonly CustomMetric[] {
    const counts = [...this.counts].map(([name, series]): CustomMetric => {
      return { kind: 'count', name, series: [...series.values()] };
    });
    const durations = [...this.durations].map(([name, measured]): CustomMetric => {
      return { kind: 'duration', name, ...measured };
    });
    return [...counts, ...durations].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** @throws {TypeError} for a name or an attribute that isn't one: a mistake of the programmer's, seen at its first use */
  count(name: string, value: number, attributes: MetricAttributes): void {
    const series = this.made(this.counts, name, () => new Map());
    if (series === undefined) return;
    const key = Object.entries(attributes).join();
    const known = series.get(key);
    if (known !== undefined) {
      known.value += value;
      return;
    }
    for (const [attribute, given] of Object.entries(attributes)) {
      if (!NAME.test(attribute) || !VALUE.test(given)) throw new TypeError(`${name} has no attribute ${attribute}`);
    }
    if (series.size < MOST_SERIES) series.set(key, { attributes, value });
    else if (attributes !== OTHERS) this.count(name, value, OTHERS);
    else series.set(key, { attributes: OTHERS, value });
  }

  /** @throws {TypeError} for a name that isn't one */
  time(name: string, ms: number, failed: boolean): void {
    const measured = this.made(this.durations, name, (): Duration => ({ durations: new Sketch(), failures: 0 }));
    if (measured === undefined) return;
    measured.durations.record(ms);
    if (failed) measured.failures += 1;
  }

  private made<T>(kind: Map<string, T>, name: string, make: () => T): T | undefined {
    const known = kind.get(name);
    if (known !== undefined) return known;
    if (!NAME.test(name)) throw new TypeError(`${name} is no name of a metric`);
    if (this.counts.size + this.durations.size >= MOST_NAMES) return undefined;
    const made = make();
    kind.set(name, made);
    return made;
  }
}

/** Those of this process; `/metrics` shows them. */
export const customMetrics = new CustomMetrics();

/**
 * Counts something that means something to the business, such as rows imported.
 * @param name small letters, digits, `_` and `.`, with its unit where it has one
 */
export const countBusiness = (name: string, value = 1, attributes: MetricAttributes = {}): void =>
  customMetrics.count(name, value, attributes);

/** Does work, and times it: a metric of this name, and a span where the current work is traced. */
export function timed<T>(name: string, work: () => Promise<T>): Promise<T> {
  const begun = performance.now();
  const end = (failed: boolean) => customMetrics.time(name, performance.now() - begun, failed);
  return withSpan(name, {}, () =>
    work().then(
      (result) => {
        end(false);
        return result;
      },
      (error: unknown) => {
        end(true);
        throw error;
      },
    ),
  );
}
