import { duration, figure } from '../report/figures.js';
import { numbers, text } from '../report/tables.js';
import type { Machine } from '../support/results.js';
import type { Verdict } from '../support/verdict.js';
import { markdownTable } from './markdown.js';
import { dayOf } from './run-tables.js';

/** `bench/results/comparison.json`, as far as it is told of. */
export interface ComparedVersions {
  readonly at: string;
  readonly tookSeconds: number;
  readonly base: { readonly ref: string; readonly commit: string };
  readonly head: { readonly commit: string };
  readonly machine: Machine;
  readonly rounds: number;
  readonly judged: readonly (Verdict & { readonly title: string; readonly metric: string })[];
}

/** What `npm run bench:compare` has found, with when and where: it is another run than that of the other tables. */
export function comparisonTable({ at, tookSeconds, base, head, machine, rounds, judged }: ComparedVersions): string {
  const rows = judged.map(({ title, metric, ratio, low, high, word, shows }) => ({
    cells: [
      title,
      metric,
      figure(ratio),
      `${figure(low)} to ${figure(high)}`,
      word === 'regression' ? `**${word}**` : word,
      `${figure(100 * shows)} %`,
    ],
  }));
  const columns = [
    text('load'),
    text('metric'),
    ...numbers('ratio', 'interval'),
    text('verdict'),
    ...numbers('smaller ones would not show'),
  ];
  return [
    `\`${head.commit}\` against \`${base.ref}\` (\`${base.commit}\`), ${rounds} rounds of each load on ${dayOf(at)}, in ${duration(tookSeconds)},`,
    `on ${machine.processor}, ${machine.cores} cores, Node ${machine.node}, ${machine.mongodb}. Over one is slower than before.\n`,
    markdownTable({ columns, rows }),
  ].join('\n');
}
