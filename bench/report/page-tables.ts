import type { Judged } from '../support/budgets.js';
import type { Results, RouteResult } from '../support/results.js';
import { bytes, count, figure, NOTHING, percent } from './figures.js';
import { type Column, numbers, PERCENTILES, percentiles, type Row, type Table, text } from './tables.js';
import { marginOf, type State, stateOf, worstFirst } from './verdict.js';

/** Every budget, what fails on top. */
export function budgetsTable(judged: readonly Judged[]): Table {
  const rows = worstFirst(judged).map((budget): Row => {
    const { figure: name, value, aim, note = '' } = budget;
    const state = stateOf(budget);
    const cells = [
      name,
      WORDS[state],
      value === null ? 'not measured' : figure(value),
      boundOf(budget),
      aim === undefined ? '' : figure(aim),
      marginIn(budget),
      note,
    ];
    return { cells, tone: TONES[state] };
  });
  const columns = [text('budget'), text('verdict'), ...numbers('measured', 'bound', 'aim', 'margin'), text('note')];
  return { title: 'Budgets', columns, rows };
}

/** Reads: past the cache and from it, side by side. */
export function readsTable({ routes = [] }: Results): Table {
  const reads = routes.filter(({ temperature }) => temperature !== 'write');
  const rows = [...new Set(reads.map(({ route }) => route))].map((route) => {
    const of = (wanted: RouteResult['temperature']) =>
      reads.find((read) => read.route === route && read.temperature === wanted);
    return { cells: [route, ...cellsOf(of('cold')), ...cellsOf(of('warm'))] };
  });
  const grouped = (group: string): readonly Column[] => numbers(...MEASURED).map((column) => ({ ...column, group }));
  const columns = [text('route'), ...grouped('cold: past the cache'), ...grouped('warm: from the cache')];
  return { title: 'Reads', columns, rows };
}

export function writesTable({ routes = [] }: Results): Table {
  const writes = routes.filter(({ temperature }) => temperature === 'write');
  const rows = writes.map(({ route, latency, throughput, bytes: size }) => ({
    cells: [route, ...percentiles(latency), count(throughput), bytes(size)],
  }));
  return { title: 'Writes', columns: [text('route'), ...numbers(...PERCENTILES, 'requests/s', 'body')], rows };
}

/** What the plots of the phases are drawn from. */
export function secondsTable({ phases = [] }: Results): Table {
  const rows = phases.flatMap(({ phase, timeline }) =>
    timeline.map(({ second, throughput, p50, p95, p99, hits, residentMb, heapMb, eventLoopMs }) => ({
      cells: [
        count(second),
        phase,
        count(throughput),
        ...[p50, p95, p99].map(figure),
        percent(hits),
        ...[residentMb, heapMb, eventLoopMs].map(figure),
      ],
    })),
  );
  const labels = ['requests/s', 'p50 ms', 'p95 ms', 'p99 ms', 'hits', 'RSS MB', 'heap MB', 'event loop ms'];
  return { title: 'Second by second', columns: [text('second'), text('phase'), ...numbers(...labels)], rows };
}

const WORDS: Readonly<Record<State, string>> = {
  fails: '■ fails',
  misses: '▲ misses its aim',
  holds: '● holds',
  'not judged': '○ not judged',
};

const TONES = { fails: 'bad', misses: 'warn', holds: 'good', 'not judged': 'quiet' } as const;

const MEASURED = [...PERCENTILES, 'requests/s', 'hits', 'body'] as const;

const cellsOf = (read: RouteResult | undefined): readonly string[] =>
  read === undefined
    ? MEASURED.map(() => NOTHING)
    : [...percentiles(read.latency), count(read.throughput), percent(read.hits), bytes(read.bytes)];

const boundOf = ({ least, most }: Judged): string =>
  [...(least === undefined ? [] : [`≥ ${figure(least)}`]), ...(most === undefined ? [] : [`≤ ${figure(most)}`])].join(
    ', ',
  );

/** How far from the bound, on the good side or past it. */
function marginIn(budget: Judged): string {
  const margin = marginOf(budget);
  if (margin === undefined) return NOTHING;
  return margin < 0 ? `${percent(-margin)} past it` : `${percent(margin)} left`;
}
