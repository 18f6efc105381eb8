import { at } from '../support/at.js';
import type { Step } from '../support/flow.js';
import { type RawAnswer, rawAnswer } from '../support/raw-answer.js';
import type { Temperature } from '../support/results.js';
import type { SeededGroup } from '../support/seeded-groups.js';

/** Requests of one route, and how they are to be sent. */
export interface RouteLoad {
  readonly route: string;
  readonly temperature: Temperature;
  /** A second, while latency is measured. */
  readonly arrivals: number;
  readonly requests: readonly Step[];
}

export interface Seeded {
  readonly url: string;
  readonly adminKey: string;
  readonly groups: readonly SeededGroup[];
}

/** A share of what the slowest of these routes can do on two shared cores: latency is what is measured, no queue. */
const ARRIVALS = { cold: 40, warm: 200, write: 20 } as const;

/** All that is measured by route: each read past the cache and from it, then what is not modified, then writes. */
export async function routeLoads(seeded: Seeded): Promise<readonly RouteLoad[]> {
  const reads = await readRoutes(seeded);
  const cold = reads.map(({ route, requests }) =>
    load(
      route,
      'cold',
      requests.map((each) => with_(each, { 'cache-control': 'no-cache' })),
    ),
  );
  const warm = reads.map(({ route, requests }) => load(route, 'warm', requests));
  return [...cold, ...warm, ...(await notModified(seeded)), ...writes(seeded)];
}

const load = (route: string, temperature: Temperature, requests: readonly Step[]): RouteLoad => ({
  route,
  temperature,
  arrivals: temperature === 'cold' && route.endsWith('/summary') ? 5 : ARRIVALS[temperature],
  requests,
});

interface ReadRoute {
  readonly route: string;
  readonly requests: readonly Step[];
}

async function readRoutes(seeded: Seeded): Promise<readonly ReadRoute[]> {
  const { groups, adminKey } = seeded;
  const platform = (route: string, paths: readonly string[]): ReadRoute => ({
    route,
    requests: paths.map((path) => get(route, path, adminKey)),
  });
  /** The same of each organization. */
  const tenants = (route: string, paths: (group: SeededGroup) => readonly string[]): ReadRoute => ({
    route,
    requests: groups.flatMap((group) => paths(group).map((path) => get(route, path, group.key))),
  });
  const byId = (resource: 'clinics' | 'providers' | 'assignments') =>
    tenants(`GET /${resource}/:id`, (group) => group[resource].map((id) => `/${resource}/${id}`));
  const lists = [20, 21, 22, 23].map((limit) => `limit=${limit}`);
  const deep = await cursorAt(seeded, DEEP_ROWS);
  return [
    platform(
      'GET /organizations',
      lists.map((limit) => `/organizations?${limit}`),
    ),
    platform(
      'GET /organizations?search=',
      ['bri', 'nor', 'den', 'smi'].map((word) => `/organizations?search=${word}`),
    ),
    tenants('GET /organizations/:id', ({ organizationId }) => [`/organizations/${organizationId}`]),
    // Of usual organizations: of the largest, a summary takes the stand-in for MongoDB seconds.
    tenants('GET /organizations/:id/summary', ({ organizationId }) =>
      organizationId === groups[0]?.organizationId ? [] : [`/organizations/${organizationId}/summary`],
    ),
    tenants('GET /clinics', () => lists.map((limit) => `/clinics?${limit}`)),
    tenants('GET /clinics?status=&sort=name', () => lists.map((limit) => `/clinics?status=active&sort=name&${limit}`)),
    tenants('GET /clinics?search=', ({ searches }) => words(searches).map((word) => `/clinics?search=${word}`)),
    tenants('GET /clinics?count=exact', () => lists.map((limit) => `/clinics?count=exact&${limit}`)),
    { route: 'GET /clinics, deep page', requests: deep.map(({ path, key }) => get('deep', path, key)) },
    byId('clinics'),
    tenants('GET /providers', () => lists.map((limit) => `/providers?${limit}`)),
    tenants('GET /providers?search=', () => ['zo', 'ng', 'an', 'ma'].map((word) => `/providers?search=${word}`)),
    byId('providers'),
    tenants('GET /assignments', () => lists.map((limit) => `/assignments?${limit}`)),
    byId('assignments'),
    tenants('GET /assignments/provider/:id/clinics', ({ providers }) =>
      providers.slice(0, 40).map((id) => `/assignments/provider/${id}/clinics`),
    ),
    tenants('GET /assignments/clinic/:id/staff', ({ clinics }) =>
      clinics.slice(0, 40).map((id) => `/assignments/clinic/${id}/staff`),
    ),
  ];
}

const words = (searches: readonly string[]) => searches.slice(0, 8).map((word) => encodeURIComponent(word.trim()));

const get = (name: string, path: string, key: string): Step => ({
  name,
  path: `/api/v1${path}`,
  headers: { authorization: `Bearer ${key}`, 'accept-encoding': 'gzip' },
  status: 200,
});

const with_ = (step: Step, headers: Readonly<Record<string, string>>): Step => ({
  ...step,
  headers: { ...step.headers, ...headers },
});

const DEEP_ROWS = 5000;

/** Pages after so many rows of the largest organization, found by going there; fewer where it is smaller. */
async function cursorAt({ url, groups }: Seeded, rows: number): Promise<readonly { path: string; key: string }[]> {
  const { key } = at(groups, 0);
  const first = '/clinics?limit=100&fields=name';
  let path = first;
  for (let row = 0; row < rows; row += 100) {
    const { nextCursor } = Object(json(await answered(url, get('deep', path, key))).page);
    if (typeof nextCursor !== 'string') break;
    path = `${first}&cursor=${nextCursor}`;
  }
  // A cursor is of the list, whatever the size of a page and its fields are.
  const cursor = new URLSearchParams(path.split('?')[1]).get('cursor');
  return [20, 21, 22, 23].map((limit) => ({ path: `/clinics?limit=${limit}&cursor=${cursor}`, key }));
}

/** For clients that have what they ask for. */
async function notModified({ url, groups }: Seeded): Promise<readonly RouteLoad[]> {
  const { key, clinics } = at(groups, 0);
  const known = async (route: string, paths: readonly string[]) => {
    const requests: Step[] = [];
    for (const path of paths) {
      const step = get(route, path, key);
      const { headers } = await answered(url, step);
      requests.push({ ...with_(step, { 'if-none-match': String(headers.etag) }), status: 304 });
    }
    return load(route, 'warm', requests);
  };
  return [
    await known(
      'GET /clinics/:id, 304',
      clinics.slice(0, 20).map((id) => `/clinics/${id}`),
    ),
    await known('GET /clinics, 304', ['/clinics?limit=20', '/clinics?limit=50']),
  ];
}

function writes({ groups }: Seeded): readonly RouteLoad[] {
  const patches = groups.flatMap(({ clinics, key }) =>
    clinics.slice(0, 20).map((id, number) => ({
      ...get('PATCH', `/clinics/${id}`, key),
      method: 'PATCH' as const,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/merge-patch+json' },
      body: JSON.stringify({ phone: `+1 907 555 01${number + 10}` }),
    })),
  );
  const posts = groups.map(({ key }) => ({
    ...get('POST', '/clinics', key),
    method: 'POST' as const,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'Port Lions Dental', code: 'B-{n}', timezone: 'America/Anchorage' }),
    status: 201,
  }));
  return [load('PATCH /clinics/:id', 'write', patches), load('POST /clinics', 'write', posts)];
}

async function answered(url: string, { path, headers }: Step): Promise<RawAnswer> {
  const { 'accept-encoding': _gzip, ...identity } = headers;
  const answer = await rawAnswer(`${url}${path}`, { headers: identity });
  if (answer.status !== 200) throw new Error(`${path} was answered ${answer.status}: ${answer.body}`);
  return answer;
}

const json = ({ body }: RawAnswer): Readonly<Record<string, unknown>> => Object(JSON.parse(body.toString()));
