import { at } from '../support/at.js';
import { closedLoop } from '../support/closed-load.js';
import { warmUp } from '../support/paced-load.js';
import type { Program } from '../support/program.js';
import type { ConnectionsResult } from '../support/results.js';
import type { Bench } from '../support/scenario.js';
import type { SeededGroup } from '../support/seeded-groups.js';
import { mixedReads } from './mixed-load.js';

const CONNECTIONS = [10, 20, 100, 400] as const;

/** How throughput and latency go with the number of connections, in a closed loop. */
export async function connections(
  bench: Bench,
  service: Program,
  groups: readonly SeededGroup[],
): Promise<ConnectionsResult[]> {
  const { key } = at(groups, 0);
  const headers = { authorization: `Bearer ${key}`, 'accept-encoding': 'gzip' };
  const loads = {
    'cached list': [{ path: '/api/v1/clinics?limit=20', headers, status: 200 }],
    'mixed reads': mixedReads(groups, 2000),
  };
  const results: ConnectionsResult[] = [];
  for (const [load, requests] of Object.entries(loads)) {
    await warmUp(service, requests);
    for (const connections of CONNECTIONS) {
      bench.step(`${load}, ${connections} connections`);
      // Measuring each answer costs the client: once for how many, once for how long.
      const { throughput } = await closedLoop(service, { requests, connections, seconds: bench.seconds });
      const { latency } = await closedLoop(service, { requests, connections, seconds: bench.seconds, durations: true });
      results.push({ load, connections, throughput, latency });
    }
  }
  return results;
}
