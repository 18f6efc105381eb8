import type { HeapProfiler, Profiler } from 'node:inspector';

/** What a function has used itself, without those that it calls. */
export interface SelfShare {
  readonly name: string;
  /** File and line; none for what is no function. */
  readonly place: string;
  /** Of all that was used: of the time that the program was not idle, or of the bytes. */
  readonly share: number;
}

type Frame = Pick<Profiler.ProfileNode['callFrame'], 'functionName' | 'url' | 'lineNumber' | 'columnNumber'>;

/** Where a frame is, as a reader finds it. */
export type PlaceOf = (frame: Frame) => string;

/** The functions by the time that they have used themselves, those with most first. */
export function selfTimes({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile, placeOf: PlaceOf): SelfShare[] {
  const spent = new Map<number, number>();
  // What a sample has found goes on until the next one.
  for (const [at, id] of samples.entries()) spent.set(id, (spent.get(id) ?? 0) + (timeDeltas[at + 1] ?? 0));
  const busy = nodes.filter(({ callFrame }) => callFrame.functionName !== '(idle)');
  return shares(
    busy.map(({ id, callFrame }) => ({ callFrame, used: spent.get(id) ?? 0 })),
    placeOf,
  );
}

/** The functions by the bytes that they have allocated themselves, those with most first. */
export function selfBytes({ head }: HeapProfiler.SamplingHeapProfile, placeOf: PlaceOf): SelfShare[] {
  return shares(
    below(head).map(({ callFrame, selfSize }) => ({ callFrame, used: selfSize })),
    placeOf,
  );
}

const below = (node: HeapProfiler.SamplingHeapProfileNode): HeapProfiler.SamplingHeapProfileNode[] => [
  node,
  ...node.children.flatMap(below),
];

/** A function is one wherever it was called from. */
function shares(used: readonly { readonly callFrame: Frame; readonly used: number }[], placeOf: PlaceOf): SelfShare[] {
  const functions = new Map<string, { frame: Frame; used: number }>();
  for (const { callFrame, used: more } of used) {
    const { functionName, url, lineNumber, columnNumber } = callFrame;
    const key = `${functionName} ${url}:${lineNumber}:${columnNumber}`;
    const one = functions.get(key) ?? { frame: callFrame, used: 0 };
    functions.set(key, { ...one, used: one.used + more });
  }
  const all = [...functions.values()].filter((one) => one.used > 0);
  const sum = all.reduce((total, one) => total + one.used, 0);
  return all
    .sort((a, b) => b.used - a.used)
    .map((one) => ({
      name: one.frame.functionName || '(anonymous)',
      place: one.frame.url === '' ? '' : placeOf(one.frame),
      share: one.used / sum,
    }));
}
