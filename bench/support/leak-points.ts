import { inspect } from './inspector.js';
import type { LeakLoad } from './leak-load.js';
import type { InspectedProgram } from './program.js';
import type { LeakResult } from './results.js';
import { slope } from './slope.js';

/**
 * The memory of a program after 0, 1/4, 1/2, 3/4 and all of the requests, each after collections of garbage until the heap no longer
 * shrinks, and the slope of the line through these points but the first, in bytes a request: the first quarter is a warm-up.
 */
export async function leakPoints(program: InspectedProgram, load: LeakLoad, requests: number): Promise<LeakResult> {
  const inspector = await inspect(program.inspector);
  try {
    const points: LeakResult['points'][number][] = [];
    let done = 0;
    for (const quarters of [0, 1, 2, 3, 4]) {
      const to = Math.round((requests * quarters) / 4);
      await load(done, to);
      done = to;
      const { heap, resident } = await inspector.settledMemory();
      points.push({ requests: to, heapMb: heap / 1e6, residentMb: resident / 1e6 });
    }
    const grown = (of: 'heapMb' | 'residentMb') =>
      1e6 * slope(points.slice(1).map((point) => ({ x: point.requests, y: point[of] })));
    return { points, heapSlope: grown('heapMb'), residentSlope: grown('residentMb') };
  } finally {
    inspector.close();
  }
}
