import type { Results } from '../support/results.js';
import { count, duration } from './figures.js';
import {
  connectionsTable,
  databaseTable,
  flowsTable,
  gaugesTable,
  leakTable,
  peersTable,
  phasesTable,
  routesTable,
  type Table,
} from './tables.js';

/**
 * What a run has found, for a terminal: plain text of at most 120 columns, without colours. A part that was not run is
 * not mentioned.
 */
export function reportTable(results: Results): string {
  const tables = TABLES.map((of) => of(results)).filter(({ rows }) => rows.length > 0);
  return [headOf(results), ...tables.map(written)].join('\n\n');
}

const TABLES: readonly ((results: Results) => Table)[] = [
  routesTable,
  flowsTable,
  connectionsTable,
  phasesTable,
  databaseTable,
  peersTable,
  gaugesTable,
  leakTable,
];

const COLUMNS = 120;
const BETWEEN = 2;
/** A column of text is not made shorter than this. */
const LEAST = 12;

function headOf({ at, commit, tookSeconds, machine, data }: Results): string {
  return [
    `Benchmarks of ${commit}, ${at}, in ${duration(tookSeconds)}`,
    `${machine.processor}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.system}, Node ${machine.node}`,
    `${machine.mongodb}, ${machine.redis}; ${count(data.clinics)} clinics, ${count(data.organizations)} organizations, ` +
      `${count(data.providers)} providers, ${count(data.assignments)} assignments`,
  ]
    .map((line) => shortened(line, COLUMNS))
    .join('\n');
}

function written({ title, columns, rows }: Table): string {
  const lines = [
    columns.map(({ label }) => label),
    ...rows.map(({ cells, isPart }) => cells.map((cell, at) => printable(at === 0 && isPart ? `  ${cell}` : cell))),
  ];
  const widths = fitting(
    columns.map((_, at) => Math.max(...lines.map((line) => line[at]?.length ?? 0))),
    columns.map(({ isNumber = false }) => !isNumber),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, at) => aligned(cell, widths[at] ?? 0, columns[at]?.isNumber ?? false))
      .join(' '.repeat(BETWEEN))
      .trimEnd();
  const [head = [], ...body] = lines;
  return [
    title,
    line(head),
    widths.map((width) => '─'.repeat(width)).join(' '.repeat(BETWEEN)),
    ...body.map(line),
  ].join('\n');
}

/** The widest column of text gives what is too much, until the line fits. */
function fitting(widths: readonly number[], areTexts: readonly boolean[]): readonly number[] {
  const fitted = [...widths];
  const room = COLUMNS - BETWEEN * (widths.length - 1);
  for (let over = sum(fitted) - room; over > 0; over -= 1) {
    const widest = Math.max(...fitted.filter((_, at) => areTexts[at]));
    if (widest <= LEAST) break;
    fitted[fitted.findIndex((width, at) => areTexts[at] && width === widest)] = widest - 1;
  }
  return fitted;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const aligned = (cell: string, width: number, right: boolean): string =>
  right ? cell.padStart(width) : shortened(cell, width).padEnd(width);

const shortened = (cell: string, width: number): string =>
  cell.length <= width ? cell : `${cell.slice(0, width - 1)}…`;

/** Nothing that a name has in it moves the cursor. */
const printable = (cell: string): string => cell.replaceAll(/\p{Cc}/gu, ' ');
