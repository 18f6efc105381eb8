import { count, duration, figure } from '../report/figures.js';
import {
  connectionsTable,
  databaseTable,
  flowsTable,
  gaugesTable,
  leakTable,
  numbers,
  peersTable,
  phasesTable,
  routesTable,
  type Table,
  text,
} from '../report/tables.js';
import type { Part, Results } from '../support/results.js';
import { markdownTable } from './markdown.js';

/** What each part of a run has found, as the terminal and the page of plots show it; undefined where it wasn't run. */
export function partTable(part: Part, results: Results): string | undefined {
  return results[part] === undefined ? undefined : markdownTable(TABLES[part](results));
}

export const isPart = (name: string): name is Part => Object.hasOwn(TABLES, name);

/** Which run it was: when, of what, on which machine. */
export function runTable({ at, tookSeconds, commit, machine, data, seconds, rounds }: Results): string {
  const changed = commit.endsWith('+') ? ' with changes that were not committed' : '';
  const rows: readonly (readonly [string, string])[] = [
    ['date', `${dayOf(at)}, in ${duration(tookSeconds)}`],
    ['commit', `\`${commit.replace(/\+$/, '')}\`${changed}`],
    ['machine', `${machine.processor}, ${machine.cores} cores, ${figure(machine.memoryGb)} GB, ${machine.system}`],
    ['Node', machine.node],
    ['MongoDB', machine.mongodb],
    ['Redis', machine.redis],
    [
      'data',
      `${count(data.organizations)} organizations, ${count(data.clinics)} clinics, ${count(data.providers)} providers, ${count(data.assignments)} assignments`,
    ],
    ['measured', `in rounds of ${duration(seconds)}, ${rounds} where programs are compared`],
  ];
  return markdownTable({ columns: [text('run'), text('')], rows: rows.map((cells) => ({ cells })) });
}

/** The day of an instant in ISO 8601. */
export const dayOf = (at: string): string => at.slice(0, 10);

/** How many queries of each kind a process can send a second with so many turns, if each takes its p95. */
export function turnsTable({ database }: Results, turns: number): string | undefined {
  if (database === undefined) return undefined;
  const rows = database.map(({ kind, shape, p95 }) => ({
    cells: [kind, shape, figure(p95), count((turns * 1_000) / p95)],
  }));
  return markdownTable({
    columns: [text('kind'), text('shape of the query'), ...numbers('p95 ms', 'queries/s at most')],
    rows,
  });
}

const TABLES: Readonly<Record<Part, (results: Results) => Table>> = {
  routes: routesTable,
  connections: connectionsTable,
  flows: flowsTable,
  phases: phasesTable,
  database: databaseTable,
  peers: peersTable,
  gauges: gaugesTable,
  leak: leakTable,
};
