import { median } from '../support/median.js';
import type { Verdict } from '../support/verdict.js';
import type { Metric } from './metrics.js';

/** What one metric of one load came to. */
export interface Judged extends Verdict {
  readonly title: string;
  readonly metric: Metric;
  readonly base: readonly number[];
  readonly head: readonly number[];
}

/** The verdicts as lines of a table, with what they come to below it. */
export function verdictTable(judged: readonly Judged[]): string {
  const rows = judged.map(({ title, metric, base, head, ratio, low, high, word, shows }) => [
    title,
    metric,
    ms(median(base)),
    ms(median(head)),
    ratio.toFixed(3),
    `${low.toFixed(3)} to ${high.toFixed(3)}`,
    word === 'no difference shown' ? `${word} (could show ${(100 * shows).toFixed(1)} %)` : word,
  ]);
  const heads = ['load', 'metric (ms a request)', 'base', 'head', 'ratio', '99 % interval', 'verdict'];
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [line(heads), ...rows.map(line), '', ...conclusion(judged)].join('\n');
}

/** Three significant digits, but no fewer than its whole ones. */
const ms = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));

function conclusion(judged: readonly Judged[]): readonly string[] {
  const moved = judged.filter(({ word }) => word !== 'no difference shown');
  const words = ['regression', 'slower', 'faster'] as const;
  const told = words.flatMap((word) => {
    const those = moved.filter((each) => each.word === word);
    const names = those.map(({ title, metric, ratio }) => `${title} (${metric} ${percent(ratio)})`);
    return those.length === 0 ? [] : [`${word}: ${names.join('; ')}`];
  });
  return told.length === 0 ? ['No difference shown; see above how large one could still be.'] : told;
}

const percent = (ratio: number): string => `${ratio >= 1 ? '+' : ''}${(100 * (ratio - 1)).toFixed(1)} %`;
