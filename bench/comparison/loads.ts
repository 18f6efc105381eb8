import type { ClosedLoop } from '../support/closed-load.js';
import { type Directory, makeDirectory } from '../support/directory.js';
import type { Program } from '../support/program.js';
import { type SmallGroup, smallGroup } from '../support/small-group.js';

/** What a service's database was filled with, by its own API. */
export interface Stock {
  readonly group: SmallGroup;
  readonly directory: Directory;
}

/** A load that both services are put under. */
export interface ComparedLoad {
  readonly title: string;
  readonly connections: number;
  /** They differ in ids and keys only, from service to service. */
  readonly requests: (stock: Stock) => ClosedLoop['requests'];
}

/** The same records for every service, made with what the API has had since there were keys. */
export async function stocked({ url }: Program, adminKey: string): Promise<Stock> {
  return { group: await smallGroup(url, adminKey), directory: await makeDirectory(url, adminKey) };
}

/** By the name that `--only` takes. */
export const LOADS: Readonly<Record<string, ComparedLoad>> = {
  'cached-list': {
    title: 'list, cached, gzip',
    connections: 50,
    requests: ({ group }) => [get('clinics?limit=20', group.key, { 'accept-encoding': 'gzip' })],
  },
  'cached-by-id': {
    title: 'by id, cached',
    connections: 50,
    requests: ({ directory }) => directory.clinics.map(({ id, key }) => get(`clinics/${id}`, key)),
  },
  'uncached-by-id': {
    title: 'by id, uncached',
    connections: 20,
    requests: ({ directory }) => directory.clinics.map(({ id, key }) => get(`clinics/${id}`, key, PAST_THE_CACHE)),
  },
  'uncached-page': {
    title: 'page of 20, uncached',
    connections: 20,
    // Of one page, loads at the same time would be one.
    requests: ({ group }) =>
      [20, 21, 22, 23, 24].map((limit) => get(`clinics?limit=${limit}`, group.key, PAST_THE_CACHE)),
  },
  'uncached-summary': {
    title: 'summary, uncached',
    connections: 10,
    requests: ({ directory }) =>
      directory.organizations.map(({ id, key }) => get(`organizations/${id}/summary`, key, PAST_THE_CACHE)),
  },
  write: {
    title: 'PATCH of a clinic',
    connections: 10,
    requests: ({ directory }) =>
      directory.clinics.map(({ id, key }) => ({
        method: 'PATCH',
        path: `/api/v1/clinics/${id}`,
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/merge-patch+json' },
        body: '{"name":"Clinic {n}"}',
        status: 200,
      })),
  },
};

const PAST_THE_CACHE = { 'cache-control': 'no-cache' };

const get = (path: string, key: string, headers: Readonly<Record<string, string>> = {}) => ({
  path: `/api/v1/${path}`,
  headers: { authorization: `Bearer ${key}`, ...headers },
  status: 200,
});

/** Whether the service answers the first request of the load as it should. */
export async function isAnswered({ url }: Program, { requests }: ComparedLoad, stock: Stock): Promise<boolean> {
  const [first] = requests(stock);
  if (first === undefined) return false;
  const { method = 'GET', path, headers, body, status } = first;
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: { ...headers },
    ...(body !== undefined && { body: body.replaceAll('{n}', '1') }),
  });
  await answer.arrayBuffer();
  return answer.status === status;
}
