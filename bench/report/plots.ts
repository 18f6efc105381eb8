import type { LeakResult, PhaseResult, Results, Second } from '../support/results.js';
import { count, figure, percent } from './figures.js';

/** What the page's own script draws. */
export interface Plot {
  readonly id: string;
  readonly title: string;
  readonly about: string;
  /** The same in words, for whoever doesn't see it. */
  readonly alternative: string;
  readonly unit: 'ms' | '/s' | '%' | 'MB';
  /** Each step of the axis is ten times the one before. */
  readonly isLog?: boolean;
  /** The axis reaches at least so far. */
  readonly most?: number;
  readonly x: { readonly label: string; readonly values: readonly number[]; readonly isLog?: boolean };
  readonly lines: readonly Line[];
  /** Stretches of the time. */
  readonly phases?: readonly Stretch[];
}

export interface Line {
  readonly label: string;
  readonly values: readonly (number | null)[];
  /** Which of the colours and dashes. */
  readonly look: number;
  readonly isDots?: boolean;
}

interface Stretch {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** Of the phases, one after the other on one axis of time; none where no phase was run. */
export function phasePlots({ phases = [] }: Results): readonly Plot[] {
  const seconds = phases.flatMap(({ timeline }) => timeline).toSorted((one, other) => one.second - other.second);
  if (seconds.length === 0) return [];
  const stretches = phases.filter(({ timeline }) => timeline.length > 0).map(stretchOf);
  return OVER_TIME.map(({ lines, ...plot }) => ({
    ...plot,
    alternative: lines
      .map(({ label, of }) => `${label}: ${phases.map((phase) => inWords(phase, of, plot.unit)).join('; ')}`)
      .join('. '),
    x: { label: 'seconds', values: seconds.map(({ second }) => second) },
    lines: lines.map(({ label, of }, look) => ({ label, values: seconds.map(of), look })),
    phases: stretches,
  }));
}

/** A line for each load. */
export function connectionsPlot({ connections = [] }: Results): Plot | undefined {
  if (connections.length === 0) return undefined;
  const at = [...new Set(connections.map((each) => each.connections))].toSorted((one, other) => one - other);
  const loads = [...new Set(connections.map(({ load }) => load))];
  const lines = loads.map((load, look) => ({
    label: load,
    look,
    values: at.map(
      (wanted) => connections.find((each) => each.load === load && each.connections === wanted)?.throughput ?? null,
    ),
  }));
  return {
    id: 'connections',
    title: 'Throughput by connections, requests/s',
    about: 'A line that stays level shows that more clients wait longer, and nothing breaks down.',
    alternative: lines
      .map(
        ({ label, values }) =>
          `${label}: ${values.map((value, index) => `${figure(value)} with ${at[index]}`).join(', ')}`,
      )
      .join('. '),
    unit: '/s',
    x: { label: 'connections', values: at, isLog: true },
    lines,
  };
}

/** What was measured as dots, and the lines that were fitted to them. */
export function leakPlot({ leak }: Results): Plot | undefined {
  if (leak === undefined || leak.points.length === 0) return undefined;
  const { points, heapSlope, residentSlope } = leak;
  const heap = points.map(({ heapMb }) => heapMb);
  const resident = points.map(({ residentMb }) => residentMb);
  const dots = [
    { label: 'RSS', values: resident, look: 0, isDots: true },
    { label: 'heap', values: heap, look: 1, isDots: true },
  ];
  const trends = [
    {
      label: `RSS: ${figure(residentSlope)} bytes a request`,
      values: fitted(points, resident, residentSlope),
      look: 0,
    },
    { label: `heap: ${figure(heapSlope)} bytes a request`, values: fitted(points, heap, heapSlope), look: 1 },
  ];
  return {
    id: 'leak',
    title: 'Memory by requests, MB',
    about:
      'Dots: after a collection of garbage. Lines: fitted after the first dot; level lines mean that nothing is kept.',
    alternative: [...dots, ...trends]
      .map(({ label, values }) => `${label}: ${values.map(figure).join(', ')} MB`)
      .join('. '),
    unit: 'MB',
    x: { label: 'requests', values: points.map(({ requests }) => requests) },
    lines: [...dots, ...trends],
  };
}

type Of = (second: Second) => number | null;

const OVER_TIME: readonly (Pick<Plot, 'id' | 'title' | 'about' | 'unit' | 'isLog' | 'most'> & {
  readonly lines: readonly { readonly label: string; readonly of: Of }[];
})[] = [
  {
    id: 'latency',
    title: 'Latency, ms',
    about: 'Of the answers of each second; each step of the axis is ten times the one below.',
    unit: 'ms',
    isLog: true,
    lines: [
      { label: 'p50', of: ({ p50 }) => p50 },
      { label: 'p95', of: ({ p95 }) => p95 },
      { label: 'p99', of: ({ p99 }) => p99 },
    ],
  },
  {
    id: 'throughput',
    title: 'Throughput, requests/s',
    about: 'Answers in each second.',
    unit: '/s',
    lines: [{ label: 'requests/s', of: ({ throughput }) => throughput }],
  },
  {
    id: 'hits',
    title: 'Hit rate',
    about: 'Share of the answers that came from the cache.',
    unit: '%',
    most: 1,
    lines: [{ label: 'hits', of: ({ hits }) => hits }],
  },
  {
    id: 'memory',
    title: 'Memory, MB',
    about: 'RSS: all of the process; heap: the objects of JavaScript.',
    unit: 'MB',
    lines: [
      { label: 'RSS', of: ({ residentMb }) => residentMb },
      { label: 'heap', of: ({ heapMb }) => heapMb },
    ],
  },
  {
    id: 'event-loop',
    title: 'Event-loop delay (p99), ms',
    about: 'How long something that was due waited for what ran before it.',
    unit: 'ms',
    lines: [{ label: 'p99', of: ({ eventLoopMs }) => eventLoopMs }],
  },
];

function stretchOf({ phase, timeline }: PhaseResult): Stretch {
  const seconds = timeline.map(({ second }) => second);
  return { name: phase, from: Math.min(...seconds), to: Math.max(...seconds) + 1 };
}

/** The least and the most of a phase. */
function inWords({ phase, timeline }: PhaseResult, of: Of, unit: Plot['unit']): string {
  const values = timeline.map(of).filter((value) => value !== null);
  if (values.length === 0) return `${phase} not measured`;
  const [least, most] = [Math.min(...values), Math.max(...values)].map(
    unit === '%' ? percent : unit === '/s' ? count : figure,
  );
  return `${phase} ${least} to ${most}`;
}

/** The line with the slope (bytes a request) through the middle of all points but the first. */
function fitted(points: LeakResult['points'], megabytes: readonly number[], slope: number): readonly (number | null)[] {
  const requests = points.map((point) => point.requests);
  const middle = (values: readonly number[]) =>
    values.slice(1).reduce((sum, value) => sum + value, 0) / Math.max(1, values.length - 1);
  const [x, y] = [middle(requests), middle(megabytes)];
  return requests.map((at, index) => (index === 0 ? null : y + (slope / 1e6) * (at - x)));
}
