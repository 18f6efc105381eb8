import type { Judged, Thresholds } from '../support/budgets.js';
import type { Results } from '../support/results.js';
import { budgetOf, budgetTables, figureOf, hasBudget, shortfalls, verdictOn } from './budget-tables.js';
import { constant } from './constants.js';
import { dayOf, isPart, partTable, runTable, turnsTable } from './run-tables.js';
import { PLACEHOLDER, typedFigures } from './typed-figures.js';
import { defaultOf } from './variables.js';

/** What a page is written from. */
export interface Facts {
  readonly results: Results;
  /** Each figure of the results, by its name. */
  readonly figures: ReadonlyMap<string, number>;
  readonly judged: readonly Judged[];
  readonly thresholds: Thresholds;
  /** The table of the last comparison of two versions; undefined where none was published. */
  readonly comparison?: string | undefined;
}

/**
 * The page: the template with its placeholders filled. `{{name}}` is a table or a word of the run; `{{figure <name>}}`
 * one figure of the run with its unit, `{{budget <name>}}` its budget, `{{default <VARIABLE>}}` a default of the
 * configuration, `{{constant <name>}}` a number of the code.
 * @throws when a placeholder is unknown, or the template has numbers that were typed by hand
 */
export function performancePage(template: string, facts: Facts): string {
  const typed = typedFigures(template).map(({ line, number }) => `line ${line}: ${number}`);
  if (typed.length > 0) throw new Error(`The template has numbers that are typed by hand: ${typed.join('; ')}`);
  const filled = template.replaceAll(PLACEHOLDER, (_, name: string) => fill(name.trim(), facts));
  return filled.replace(/^<!--.*?-->\n/s, NOTICE);
}

const NOTICE = `<!-- Written by \`npm run bench:publish\` from bench/publish/performance.template.md and bench/results/published: change those. -->\n`;

function fill(name: string, facts: Facts): string {
  const [, kind = '', argument = ''] = /^(\w+) (.+)$/.exec(name) ?? [];
  const named = NAMED[kind];
  if (named !== undefined) return named(argument, facts);
  if (isPart(name)) return partTable(name, facts.results) ?? NOT_MEASURED;
  const plain = PLAIN[name];
  if (plain === undefined) throw new Error(`The template has a placeholder that nothing is known of: ${name}`);
  return plain(facts) ?? NOT_MEASURED;
}

const NOT_MEASURED = '*Not measured in the published run.*';

const NAMED: Readonly<Record<string, (argument: string, facts: Facts) => string>> = {
  figure: (name, { figures, thresholds }) => {
    const value = figures.get(name);
    if (value === undefined && hasBudget(name, thresholds)) return '(not measured)';
    if (value === undefined)
      throw new Error(`The published run has no figure "${name}"; it has: ${[...figures.keys()].join('; ')}`);
    return figureOf(name, value);
  },
  budget: (name, { thresholds }) => budgetOf(name, thresholds),
  default: (variable) => defaultOf(variable),
  constant,
};

const PLAIN: Readonly<Record<string, (facts: Facts) => string | undefined>> = {
  date: ({ results }) => dayOf(results.at),
  commit: ({ results }) => `\`${results.commit}\``,
  run: ({ results }) => runTable(results),
  turns: () => String(turns()),
  verdict: ({ judged }) => verdictOn(judged),
  shortfalls: ({ judged }) => shortfalls(judged),
  budgets: ({ judged, thresholds }) => budgetTables(judged, thresholds),
  'queries that the turns allow': ({ results }) => turnsTable(results, turns()),
  comparison: ({ comparison }) => comparison,
};

/** Operations that one process has under way at the database at most, by default. */
const turns = (): number =>
  Number(defaultOf('MONGODB_MAX_POOL_SIZE').replaceAll('`', '')) - Number(constant('connections beside the turns'));
