import type { Latency, Results } from '../support/results.js';
import { bytes, count, figure, finePercent, NOTHING, percent } from './figures.js';

/** What a part of a run has found, as rows; a page and a terminal show the same. */
export interface Table {
  readonly title: string;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
}

export interface Column {
  readonly label: string;
  /** Digits stand under digits. */
  readonly isNumber?: boolean;
  /** Columns beside each other with the same group stand under one head. */
  readonly group?: string;
}

export interface Row {
  readonly cells: readonly string[];
  /** It is a part of the row above. */
  readonly isPart?: boolean;
  /** It is of the service itself, beside others. */
  readonly isOwn?: boolean;
  /** Share of the largest, for a bar. */
  readonly share?: number;
  readonly tone?: 'bad' | 'warn' | 'good' | 'quiet';
}

export function connectionsTable({ connections = [] }: Results): Table {
  const rows = connections.map(({ load, connections: at, throughput, latency }) => ({
    cells: [load, count(at), count(throughput), ...percentiles(latency)],
  }));
  return {
    title: 'Throughput by connections',
    columns: [text('load'), ...numbers('connections', 'requests/s', ...PERCENTILES)],
    rows,
  };
}

export function flowsTable({ flows = [] }: Results): Table {
  const rows = flows.flatMap(({ flow, arrivals, latency, steps }): readonly Row[] => [
    { cells: [flow, figure(arrivals), count(latency.count), ...percentiles(latency)] },
    ...steps.map(({ step, latency: own }) => ({
      cells: [step, '', count(own.count), ...percentiles(own)],
      isPart: true,
    })),
  ]);
  return {
    title: 'Flows',
    columns: [text('flow and its steps'), ...numbers('flows/s', 'measured', ...PERCENTILES)],
    rows,
  };
}

export function phasesTable({ phases = [] }: Results): Table {
  const rows = phases.map(({ phase, connections, arrivals, throughput, latency, hits, errors, timeline }) => ({
    cells: [
      phase,
      count(timeline.length),
      count(connections),
      arrivals === undefined ? 'all it can' : count(arrivals),
      count(throughput),
      ...percentiles(latency),
      percent(hits),
      finePercent(errors),
    ],
  }));
  const columns = ['seconds', 'connections', 'arrivals/s', 'requests/s', ...PERCENTILES, 'hits', 'errors'];
  return { title: 'Phases', columns: [text('phase'), ...numbers(...columns)], rows };
}

export function databaseTable({ database = [] }: Results): Table {
  const rows = database.map(({ kind, shape, count: queries, p95 }) => ({
    cells: [kind, shape, count(queries), figure(p95)],
  }));
  return {
    title: 'Database',
    columns: [text('kind'), text('shape of the query'), ...numbers('queries', 'p95 ms')],
    rows,
  };
}

/** The programs of one load, the fastest with the longest bar. */
export function peersTable({ peers = [] }: Results): Table {
  const rows = peers.flatMap(({ load, connections, programs }): readonly Row[] => {
    const most = Math.max(...programs.map(({ median }) => median));
    return programs.map(({ program, rounds, median, serviceRatio, processorUs, processorRatio }, at) => ({
      cells: [
        ...[load, program, count(connections), count(median), rangeOf(rounds, count), figure(serviceRatio)],
        ...[figure(processorUs), figure(processorRatio)],
      ],
      share: median / most,
      isOwn: at === 0,
    }));
  });
  return {
    title: 'Peers',
    columns: [
      ...[text('load'), text('program')],
      ...numbers('connections', 'requests/s', 'rounds', 'service ÷ it', 'CPU µs', 'by CPU'),
    ],
    rows,
  };
}

export function gaugesTable({ gauges = [] }: Results): Table {
  const rows = gauges.flatMap(({ title, figures }) =>
    figures.map(({ name, measured, figure: whole }) => ({
      cells: [title, name, figure(whole), rangeOf(measured, figure), count(measured.length)],
    })),
  );
  return {
    title: 'Single figures',
    columns: [text('what'), text('figure'), ...numbers('value', 'measured', 'times')],
    rows,
  };
}

/** The last row is the slope. */
export function leakTable({ leak }: Results): Table {
  const rows = (leak?.points ?? []).map(({ requests, heapMb, residentMb }) => ({
    cells: [count(requests), figure(heapMb), figure(residentMb)],
  }));
  const slopes =
    leak === undefined
      ? []
      : [{ cells: ['slope, bytes a request', figure(leak.heapSlope), figure(leak.residentSlope)] }];
  return {
    title: 'Memory by requests',
    columns: [text('after requests'), ...numbers('heap MB', 'RSS MB')],
    rows: [...rows, ...slopes],
  };
}

/** One row for each route and temperature. */
export function routesTable({ routes = [] }: Results): Table {
  const rows = routes.map(({ route, temperature, latency, throughput, hits, bytes: size }) => ({
    cells: [
      route,
      temperature,
      ...percentiles(latency),
      count(throughput),
      temperature === 'write' ? NOTHING : percent(hits),
      bytes(size),
    ],
  }));
  return {
    title: 'Routes',
    columns: [text('route'), text('temperature'), ...numbers(...PERCENTILES, 'requests/s', 'hits', 'body')],
    rows,
  };
}

export const PERCENTILES = ['p50 ms', 'p95 ms', 'p99 ms', 'max ms'] as const;

export const percentiles = ({ p50, p95, p99, max }: Latency): readonly string[] => [p50, p95, p99, max].map(figure);

export const text = (label: string): Column => ({ label });

export const numbers = (...labels: readonly string[]): readonly Column[] =>
  labels.map((label) => ({ label, isNumber: true }));

const rangeOf = (values: readonly number[], write: (value: number) => string): string =>
  values.length === 0 ? NOTHING : `${write(Math.min(...values))} to ${write(Math.max(...values))}`;
