import { figure } from '../report/figures.js';
import { numbers, text } from '../report/tables.js';
import { type State, stateOf, worstFirst } from '../report/verdict.js';
import type { Budget, Judged, Thresholds } from '../support/budgets.js';
import { markdownTable } from './markdown.js';

/** The budgets of each part of a run, with what was found; what doesn't hold says so. */
export function budgetTables(judged: readonly Judged[], thresholds: Thresholds): string {
  const found = new Map(judged.map((each) => [each.figure, each]));
  return Object.entries(thresholds)
    .filter(([, budgets]) => Object.keys(budgets).length > 0)
    .map(([part, budgets]) => {
      const rows = Object.keys(budgets).flatMap((name) => found.get(name) ?? []);
      return `**${part}**\n\n${markdownTable({ columns: COLUMNS, rows: rows.map(rowOf) })}`;
    })
    .join('\n\n');
}

/** How many budgets hold, in a sentence. */
export function verdictOn(judged: readonly Judged[]): string {
  const states = judged.map(stateOf);
  const count = (...those: readonly State[]) => states.filter((state) => those.includes(state)).length;
  const holding = `${count('holds', 'misses')} of ${count('holds', 'misses', 'fails')} budgets hold`;
  const words = [
    count('fails') === 0 ? holding : `**${holding}**`,
    ...(count('misses') === 0
      ? []
      : [`${count('misses')} of them ${count('misses') === 1 ? 'misses its' : 'miss their'} aim`]),
    ...(count('not judged') === 0 ? [] : [`${count('not judged')} could not be judged on this machine`]),
  ];
  return `${words.join('; ')}.`;
}

/** Every figure that is past its budget or its aim, the worst first, in a list. */
export function shortfalls(judged: readonly Judged[]): string {
  const short = worstFirst(judged).filter((each) => ['fails', 'misses'].includes(stateOf(each)));
  if (short.length === 0) return 'Every figure that was judged reaches its budget and its aim.';
  const lines = short.map((each) => {
    const { figure: name, value, aim } = each;
    const found = value === null ? 'not measured' : figure(value);
    const wanted = stateOf(each) === 'fails' ? `**budget ${bound(each)}**` : `aim ${asWritten(aim ?? Number.NaN)}`;
    return `- ${name}: ${found}, ${wanted}`;
  });
  return `What falls short, the worst first:\n\n${lines.join('\n')}`;
}

export const hasBudget = (name: string, thresholds: Thresholds): boolean => budgetFor(name, thresholds) !== undefined;

/** A budget in words, such as `at most 150 ms`. @throws when there is none for the figure */
export function budgetOf(name: string, thresholds: Thresholds): string {
  const budget = budgetFor(name, thresholds);
  if (budget === undefined) throw new Error(`There is no budget for "${name}"`);
  return bound(budget, unitOf(name));
}

const budgetFor = (name: string, thresholds: Thresholds): Budget | undefined =>
  Object.values(thresholds).find((budgets) => Object.hasOwn(budgets, name))?.[name];

/** A figure with the unit that its name ends in, such as `GET /clinics, warm: p95 ms`. */
export function figureOf(name: string, value: number): string {
  return `${figure(value)}${unitOf(name)}`;
}

const unitOf = (name: string): string => UNITS.find((unit) => name.endsWith(unit)) ?? '';

const UNITS = [' ms', ' MB', ' requests/s', ' bytes'];

const COLUMNS = [text('figure'), ...numbers('measured', 'budget', 'aim'), text('')];

function rowOf(judged: Judged) {
  const { figure: name, value, aim, note } = judged;
  const verdict = value === null ? '**not measured**' : VERDICTS[stateOf(judged)];
  return {
    cells: [
      name,
      figure(value),
      bound(judged),
      aim === undefined ? '' : asWritten(aim),
      note === undefined ? verdict : `${verdict}: ${note}`,
    ],
  };
}

const VERDICTS: Readonly<Record<State, string>> = {
  fails: "**doesn't hold**",
  misses: 'holds, aim missed',
  holds: 'holds',
  'not judged': 'not judged',
};

const bound = ({ least, most }: Pick<Judged, 'least' | 'most'>, unit = ''): string =>
  [
    ...(least === undefined ? [] : [`at least ${asWritten(least)}${unit}`]),
    ...(most === undefined ? [] : [`at most ${asWritten(most)}${unit}`]),
  ].join(', ');

/** What somebody has decided isn't rounded. */
const asWritten = (value: number): string => value.toLocaleString('en', { maximumFractionDigits: 6 });
