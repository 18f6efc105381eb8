import type { Exemplar } from '../../../common/observability/request-metrics.js';
import type { Sketch } from '../../../common/observability/sketch.js';

/** What tells the series of a family apart: few values each, all known to the service, never what a client sends. */
export type Labels = Readonly<Record<string, string>>;

export interface Series {
  readonly labels: Labels;
  readonly value: number;
}

/** How long things took, of one series. */
export interface DurationSeries {
  readonly labels: Labels;
  /** In milliseconds. */
  readonly durations: Sketch;
  readonly exemplars?: readonly Exemplar[];
}

interface Named {
  readonly name: string;
  readonly help: string;
}

/** A metric with its series, as they are at the time of a scrape. */
export type Family =
  | (Named & { readonly type: 'counter' | 'gauge'; readonly series: readonly Series[] })
  | (Named & {
      readonly type: 'histogram';
      /** In seconds, rising. */
      readonly bounds: readonly number[];
      readonly series: readonly DurationSeries[];
    });

/** What only grows, until the process ends. @param name ends in `_total` */
export const counter = (name: string, help: string, figures: number | readonly Series[]): Family => ({
  name,
  help,
  type: 'counter',
  series: seriesOf(figures),
});

export const gauge = (name: string, help: string, figures: number | readonly Series[]): Family => ({
  name,
  help,
  type: 'gauge',
  series: seriesOf(figures),
});

/** Durations. @param name ends in `_seconds` */
export const histogram = (
  name: string,
  help: string,
  bounds: readonly number[],
  series: readonly DurationSeries[],
): Family => ({ name, help, type: 'histogram', bounds, series });

const seriesOf = (figures: number | readonly Series[]): readonly Series[] =>
  typeof figures === 'number' ? [{ labels: {}, value: figures }] : figures;
