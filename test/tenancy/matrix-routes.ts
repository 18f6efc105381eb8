import { randomUUID } from 'node:crypto';
import type { Directory } from '../support/directory.js';
import type { MadeKey } from '../support/principals.js';

/** The ids of an organization and of one record of each kind in it. */
export interface Target {
  readonly organizations: string;
  readonly clinics: string;
  readonly providers: string;
  readonly assignments: string;
  readonly keys: string;
}

/** One request of a route that is aimed at somebody's records. */
export interface Call {
  /** Takes the place of the path's parameter. */
  readonly id?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** How a route is called, and what it answers to a caller who may call it. */
export interface MatrixRoute {
  readonly call: (target: Target) => Call;
  /** Status when the records are the caller's own. */
  readonly own: number;
  /** Status when they are another organization's, or nobody's; none where a route is about no record. */
  readonly elsewhere?: number;
  /** Status for a principal of the platform when they are nobody's, where it differs. */
  readonly nowhere?: number;
  /** The kind of record that the route uses up, so that each call gets a new one. */
  readonly spends?: keyof Target;
}

const unique = () => randomUUID().slice(0, 8);

/** Reads that name a record in the path. */
const reads = (record: keyof Target): MatrixRoute => ({
  call: (target) => ({ id: target[record] }),
  own: 200,
  elsewhere: 404,
});

/** Reads of a list that can be narrowed to an organization; of an unknown one the platform finds nothing. */
const lists: MatrixRoute = {
  call: ({ organizations }) => ({ query: { organizationId: organizations } }),
  own: 200,
  elsewhere: 404,
  nowhere: 200,
};

const changes = (record: keyof Target, body: () => unknown): MatrixRoute => ({
  ...reads(record),
  call: (target) => ({ id: target[record], body: body() }),
});

const removes = (record: keyof Target): MatrixRoute => ({ ...reads(record), own: 204, spends: record });

/** Makes something within the organization, or between records, that the body names. */
const creates = (body: (target: Target) => unknown): MatrixRoute => ({
  call: (target) => ({ body: body(target) }),
  own: 201,
  elsewhere: 409,
});

const about = (status: number, call: Call = {}): MatrixRoute => ({ call: () => call, own: status });

const organization = () => ({ name: 'Renamed Practice', slug: `renamed-${unique()}` });
const clinic = () => ({ name: 'Renamed Clinic', code: `R-${unique()}` });
const provider = () => ({ firstName: 'Bo', lastName: 'Renamed' });

/** Every route of the service. A new one is added here, or the matrix fails. */
export const matrixRoutes = (tokenOf: MadeKey): Readonly<Record<string, MatrixRoute>> => ({
  'GET /api/v1/organizations': about(200),
  'POST /api/v1/organizations': { call: () => ({ body: organization() }), own: 201 },
  'GET /api/v1/organizations/{id}': reads('organizations'),
  'GET /api/v1/organizations/{id}/summary': reads('organizations'),
  'PUT /api/v1/organizations/{id}': changes('organizations', organization),
  'PATCH /api/v1/organizations/{id}': changes('organizations', () => ({ name: 'Renamed Practice' })),
  'DELETE /api/v1/organizations/{id}': removes('organizations'),
  'GET /api/v1/clinics': lists,
  'POST /api/v1/clinics': creates(({ organizations }) => ({ organizationId: organizations, ...clinic() })),
  'GET /api/v1/clinics/{id}': reads('clinics'),
  'PUT /api/v1/clinics/{id}': changes('clinics', clinic),
  'PATCH /api/v1/clinics/{id}': changes('clinics', () => ({ name: 'Renamed Clinic' })),
  'DELETE /api/v1/clinics/{id}': removes('clinics'),
  'GET /api/v1/providers': lists,
  'POST /api/v1/providers': creates(({ organizations }) => ({ organizationId: organizations, ...provider() })),
  'GET /api/v1/providers/{id}': reads('providers'),
  'PUT /api/v1/providers/{id}': changes('providers', provider),
  'PATCH /api/v1/providers/{id}': changes('providers', () => ({ firstName: 'Bo' })),
  'DELETE /api/v1/providers/{id}': removes('providers'),
  'GET /api/v1/assignments': lists,
  'POST /api/v1/assignments': {
    ...creates(({ providers, clinics }) => ({ providerId: providers, clinicId: clinics, role: 'dentist' })),
    spends: 'providers',
  },
  'GET /api/v1/assignments/{id}': reads('assignments'),
  'PUT /api/v1/assignments/{id}': changes('assignments', () => ({ role: 'hygienist' })),
  'PATCH /api/v1/assignments/{id}': changes('assignments', () => ({ role: 'hygienist' })),
  'DELETE /api/v1/assignments/{id}': removes('assignments'),
  'GET /api/v1/assignments/provider/{id}/clinics': reads('providers'),
  'GET /api/v1/assignments/clinic/{id}/staff': reads('clinics'),
  'GET /api/v1/auth/keys': lists,
  'POST /api/v1/auth/keys': creates(({ organizations }) => ({
    organizationId: organizations,
    name: 'made by the matrix',
    role: 'viewer',
  })),
  'GET /api/v1/auth/keys/{id}': reads('keys'),
  'DELETE /api/v1/auth/keys/{id}': removes('keys'),
  'POST /api/v1/auth/keys/{id}/rotate': {
    ...changes('keys', () => ({ overlapSeconds: 60 })),
    own: 201,
    spends: 'keys',
  },
  'POST /api/v1/auth/token': about(200, {
    body: { grant_type: 'client_credentials', client_id: tokenOf.id, client_secret: tokenOf.key },
  }),
  'POST /api/v1/auth/signing-keys/rotate': about(201),
  'GET /api/v1/audit': about(200),
  'GET /api/v1/performance/circuit-breakers': about(200),
  'GET /api/v1/performance/cache/stats': about(200),
  'POST /api/v1/performance/cache/clear': about(204, { body: { resource: 'clinics' } }),
  'POST /api/v1/performance/cache/warm': about(200, { body: { most: 1 } }),
  'GET /api/v1/performance/metrics/summary': about(200),
  'GET /api/v1/performance/metrics/queries': about(200),
  'GET /api/v1/performance/metrics/pool': about(200),
  'GET /api/v1/performance/stream': about(200, { query: { events: '1' } }),
  'GET /api/v1/performance/log-levels': about(200),
  'PUT /api/v1/performance/log-levels': about(200, { body: { level: null } }),
  'GET /api/v1/performance/health': about(200),
  'GET /api/v1/performance/alerts': about(200),
  'GET /api/v1/performance/metrics/trends': about(200),
  'GET /api/v1/health/performance': about(200),
  'GET /api/v1/performance/queries/slow': about(200),
  'POST /api/v1/performance/queries/explain': about(200, { body: { route: 'GET /api/v1/clinics' } }),
  'GET /api/v1/performance/indexes': about(200),
  'GET /.well-known/jwks.json': about(200),
  'GET /api/v1/openapi.json': about(200),
  'GET /api/v1/problems': about(200),
  'GET /api/v1/problems/{name}': about(200, { id: 'not-found' }),
  'GET /livez': about(200),
  'GET /metrics': about(200),
  'GET /readyz': about(200),
});

/** A new record of the kind, in the organization; a new organization where that is the kind. */
export async function another(
  kind: keyof Target,
  organizationId: string,
  directory: Directory,
  key: (organizationId: string) => Promise<MadeKey>,
): Promise<string> {
  if (kind === 'organizations') return (await directory.organization()).id;
  if (kind === 'clinics') return (await directory.clinic(organizationId)).id;
  if (kind === 'providers') return (await directory.provider(organizationId)).id;
  if (kind === 'keys') return (await key(organizationId)).id;
  const provider = await directory.provider(organizationId);
  return (await directory.assignment(provider.id, (await directory.clinic(organizationId)).id)).id;
}
