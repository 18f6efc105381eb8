import type { Step } from '../support/flow.js';
import { paced } from '../support/paced-load.js';
import type { Program } from '../support/program.js';
import type { DatabaseResult } from '../support/results.js';
import type { Bench } from '../support/scenario.js';
import type { SeededGroup } from '../support/seeded-groups.js';

const ARRIVALS = 40;

/** What each kind of query is known by in the service's own report of its queries. */
const KINDS: Readonly<Record<DatabaseResult['kind'], (shape: Shape) => boolean>> = {
  'by id': ({ kind, shape }) => kind === 'find' && shape.includes('{_id: ?'),
  list: ({ kind, shape }) => kind === 'find' && shape.includes(' sort '),
  aggregation: ({ kind, by }) => kind === 'aggregate' && by.some((route) => route.includes('summary')),
  // The service looks its keys up by aggregations too.
  count: ({ kind, collection }) => kind === 'aggregate' && collection === 'clinics',
};

/**
 * How long the service waits for its database, by kind of query, of the shape that takes longest: by its own measurement, from
 * its driver to the answer, on a service that has done nothing else.
 */
export async function database(
  bench: Bench,
  service: Program,
  groups: readonly SeededGroup[],
): Promise<DatabaseResult[]> {
  bench.step('queries, past the cache');
  // The largest organization's summaries would hold up all others.
  const usual = groups.slice(1);
  const requests = [0, 1, 2, 3].flatMap((at) => usual.flatMap((group) => reads(group, at)));
  const flows = requests.map((request) => ({ steps: [request] }));
  await paced(service, { flows, arrivals: ARRIVALS, seconds: flows.length / ARRIVALS, connections: 20 });
  // One at a time, after the others: a stand-in for MongoDB does little else meanwhile.
  const summaries = usual.map((group) => ({ steps: [summary(group)] }));
  await paced(service, { flows: summaries, arrivals: 2, seconds: MEANT_SOMETHING / 2, connections: 1 });
  const shapes = await shapesOf(service, bench.adminKey);
  return Object.entries(KINDS).map(([kind, is]) => {
    const [slowest] = shapes
      .filter((shape) => shape.count >= MEANT_SOMETHING && is(shape))
      .sort((a, b) => b.durations.p95Ms - a.durations.p95Ms);
    if (!slowest || !isKind(kind)) throw new Error(`The service reports no query of the kind ${kind}`);
    return { kind, shape: slowest.shape, count: slowest.count, p95: slowest.durations.p95Ms };
  });
}

const MEANT_SOMETHING = 10;

const isKind = (kind: string): kind is DatabaseResult['kind'] => Object.hasOwn(KINDS, kind);

const reads = ({ key, clinics, providers }: SeededGroup, number: number): readonly Step[] =>
  [
    `/clinics/${clinics[number % clinics.length]}`,
    `/providers/${providers[number % providers.length]}`,
    `/clinics?limit=${20 + number}`,
    `/providers?limit=${20 + number}`,
    `/clinics?status=active&count=exact&limit=${20 + number}`,
  ].map((path) => read(path, key));

const summary = ({ key, organizationId }: SeededGroup): Step => read(`/organizations/${organizationId}/summary`, key);

const read = (path: string, key: string): Step => ({
  name: 'read',
  path: `/api/v1${path}`,
  headers: { authorization: `Bearer ${key}`, 'cache-control': 'no-cache' },
  status: 200,
});

interface Shape {
  readonly shape: string;
  readonly kind: string;
  readonly collection: string;
  readonly by: readonly string[];
  readonly count: number;
  readonly durations: { readonly p95Ms: number };
}

async function shapesOf({ url }: Program, key: string): Promise<readonly Shape[]> {
  const answer = await fetch(`${url}/api/v1/performance/metrics/queries?window=start`, {
    headers: { authorization: `Bearer ${key}` },
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`The report of the queries was answered ${answer.status}: ${text}`);
  const { shapes }: { readonly shapes: readonly Shape[] } = JSON.parse(text);
  return shapes;
}
