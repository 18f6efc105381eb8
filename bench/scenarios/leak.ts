import { leakLoad } from '../support/leak-load.js';
import { leakPoints } from '../support/leak-points.js';
import { startInspected } from '../support/program.js';
import type { LeakResult } from '../support/results.js';
import type { Bench } from '../support/scenario.js';

export interface LeakOptions {
  /** In all; 200,000 unless given. */
  readonly requests?: number;
  /** A module that the service loads first, such as one that leaks: bench/peers/leaking-requests.ts. */
  readonly preload?: string;
}

/**
 * Whether the service keeps something of each request, under a mixed load.
 *
 * The first quarter of it is a warm-up: code is compiled, pools and buffers grow to what the load needs, and caches fill up to their
 * bounds, which looks like a leak until they are full. The cache of answers is bounded to 4 MB here, which a quarter of 200,000 fills
 * several times over.
 *
 * A leak of one small object a request is a heapSlope of 100 bytes or more; without one it is some bytes, up or down. The heap is
 * settled to some 100 kB, so fewer requests tell less: 20,000 find a leak of 200 bytes, not one of 20.
 */
export async function leak({ environment, adminKey }: Bench, options: LeakOptions = {}): Promise<LeakResult> {
  const { requests = 200_000, preload } = options;
  const flags = preload === undefined ? [] : ['--import', preload];
  const service = await startInspected('Enterprise Service', 'dist/main.js', { ...environment, ...BOUNDS }, flags);
  try {
    return await leakPoints(service, await leakLoad(service.url, adminKey), requests);
  } finally {
    await service.stop();
  }
}

const BOUNDS = {
  CACHE_MEMORY_BYTES: '4000000',
  RATE_LIMIT_TENANT_PER_MINUTE: '10000000',
  SHED_EVENT_LOOP_DELAY_MS: '0',
};
