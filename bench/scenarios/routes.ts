import { closedLoop } from '../support/closed-load.js';
import { paced, warmUp } from '../support/paced-load.js';
import type { Program } from '../support/program.js';
import type { RouteResult } from '../support/results.js';
import type { Bench } from '../support/scenario.js';
import type { SeededGroup } from '../support/seeded-groups.js';
import { type RouteLoad, routeLoads } from './route-loads.js';

const CONNECTIONS = 20;

/** Latency at a fixed rate of arrivals and throughput in a closed loop, of each route, cold and warm. */
export async function routes(bench: Bench, service: Program, groups: readonly SeededGroup[]): Promise<RouteResult[]> {
  const results: RouteResult[] = [];
  for (const load of await routeLoads({ url: service.url, adminKey: bench.adminKey, groups })) {
    bench.step(`${load.route}, ${load.temperature}`);
    results.push(await measured(load, bench, service));
  }
  return results;
}

async function measured(load: RouteLoad, { seconds }: Bench, service: Program): Promise<RouteResult> {
  const { route, temperature, arrivals, requests } = load;
  const flows = requests.map((request) => ({ steps: [request] }));
  if (temperature === 'warm') await warmUp(service, requests);
  // The loop ends with requests cut off; the paced load, after it, with each answered: nothing is left under way.
  const { throughput } = await closedLoop(service, { requests, connections: CONNECTIONS, seconds });
  const { latency, hits, bytes } = await paced(service, { flows, arrivals, seconds, connections: CONNECTIONS });
  return { route, temperature, arrivals, latency, throughput, connections: CONNECTIONS, hits, bytes };
}
