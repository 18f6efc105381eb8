/** The command `npm run bench:check [-- RUN [THRESHOLDS]]`: judges the latest run, or the one of the file, by these budgets. */
import { failing, type Judged, judge, reachesAim } from './support/budgets.js';
import { readResults, readThresholds } from './support/files.js';

const [run, budgets] = process.argv.slice(2);
const results = orEnd(() => readResults(run));
const judged = judge(results, readThresholds(budgets));
console.log(`${judged.length} budgets, held against the run of ${results.at} (${results.commit})`);
for (const each of judged) console.log(line(each));
const failed = failing(judged);
const missed = judged.filter((each) => each.holds && !reachesAim(each));
console.log(
  `${judged.length - failed.length} hold, ${missed.length} of them miss their aim; ${failed.length} don't hold`,
);
for (const each of failed) console.error(`FAILED ${line(each).trim()}`);
if (failed.length > 0) process.exitCode = 1;

function orEnd<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}

function line(each: Judged): string {
  const { figure, value, least, most, aim, note } = each;
  const bounds = [
    ...(least === undefined ? [] : [`at least ${least}`]),
    ...(most === undefined ? [] : [`at most ${most}`]),
    ...(aim === undefined ? [] : [`aim ${aim}`]),
  ].join(', ');
  const shown = value === null ? 'not measured' : Number(value.toPrecision(4));
  return `  ${figure.padEnd(64)} ${String(shown).padStart(12)}  ${bounds}: ${word(each)}${note ? ` (${note})` : ''}`;
}

function word(each: Judged): string {
  const { value, holds, judged: counts, least, most } = each;
  if (!counts) return 'not judged';
  if (holds) return reachesAim(each) ? 'holds' : 'holds, misses its aim';
  if (value === null) return 'missing';
  const bound = (least !== undefined && value < least ? least : most) ?? Number.NaN;
  return `${(100 * Math.abs(value / bound - 1)).toFixed(1)} % beyond`;
}
