import type { ClosedLoop } from './closed-load.js';
import type { SmallGroup } from './small-group.js';

type Requests = ClosedLoop['requests'];
type MadeOf = Pick<SmallGroup, 'organizationId' | 'key' | 'clinics'> & { readonly adminKey: string };

/** The requests of each load that can be profiled, by the name that `--load` takes. */
export const PROFILED_LOADS: Readonly<Record<string, (of: MadeOf) => Requests>> = {
  /** A list that is in the cache, to a client that takes gzip. */
  'cached-list': ({ key }) => [{ path: '/api/v1/clinics?limit=20', headers: gzip(key), status: 200 }],
  /** Past the cache. */
  'by-id': ({ key, clinics }) =>
    clinics.map((id) => ({ path: `/api/v1/clinics/${id}`, headers: past(key), status: 200 })),
  page: ({ key, clinics }) =>
    clinics.map((_, number) => ({ path: `/api/v1/clinics?limit=${10 + number}`, headers: past(key), status: 200 })),
  search: ({ key, clinics }) =>
    clinics.map((_, number) => ({
      path: `/api/v1/clinics?search=${SEARCHED[number % SEARCHED.length]}&limit=${10 + number}`,
      headers: past(key),
      status: 200,
    })),
  writes: ({ adminKey, clinics }) =>
    clinics.map((id) => ({
      method: 'PATCH',
      path: `/api/v1/clinics/${id}`,
      headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/merge-patch+json' },
      body: '{"phone":"+1 907 555 0199"}',
      status: 200,
    })),
  /** Twenty hits and some misses to a write. */
  mixed: (of) =>
    of.clinics.flatMap((_, number) => {
      const [hit, ...others] = ['cached-list', 'by-id', 'page', 'search'].map((load) => requestOf(load, of, number));
      const write = number % 4 === 0 ? [requestOf('writes', of, number)] : [];
      return [...Array.from({ length: 5 }, () => hit), ...others, ...write].filter((each) => each !== undefined);
    }),
};

const SEARCHED = ['dent', 'port', 'kotz', 'ak-0000', 'lions', 'haines'] as const;

const gzip = (key: string) => ({ authorization: `Bearer ${key}`, 'accept-encoding': 'gzip' });
const past = (key: string) => ({ ...gzip(key), 'cache-control': 'no-cache' });

function requestOf(load: string, of: MadeOf, number: number): Requests[number] | undefined {
  const requests = PROFILED_LOADS[load]?.(of) ?? [];
  return requests[number % requests.length];
}
