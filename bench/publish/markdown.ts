import type { Column, Table } from '../report/tables.js';

/** A table in Markdown, numbers to the right. */
export function markdownTable({ columns, rows }: Pick<Table, 'columns' | 'rows'>): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [
    line(columns.map(({ label }) => label)),
    line(columns.map(ruleOf)),
    ...rows.map(({ cells, isPart }) => line(cells.map((cell, at) => (at === 0 && isPart ? `– ${cell}` : cell)))),
  ].join('\n');
}

const ruleOf = ({ isNumber = false }: Column): string => (isNumber ? '---:' : '---');
