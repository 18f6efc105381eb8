import type { Ids } from './measured-directory.js';

/** A request whose cost the table has. */
export interface CostedRequest {
  /** Method, path and query, as an organization's application sends it; names in braces stand for ids and a cursor. */
  readonly request: string;
  /** What is particular about it. */
  readonly note?: 'by the platform' | 'unchanged' | 'signing in';
  readonly body?: (ids: Ids) => object;
}

const ofAll = (resource: string, filtered: string, fields: string): readonly CostedRequest[] => [
  { request: `GET /${resource}` },
  { request: `GET /${resource}`, note: 'unchanged' },
  { request: `GET /${resource}?${filtered}` },
  { request: `GET /${resource}?count=exact` },
  { request: `GET /${resource}?count=estimate` },
  { request: `GET /${resource}?limit=10&cursor={cursor}` },
  { request: `GET /${resource}?fields=${fields}` },
];

const ofOne = (path: string, fields: string): readonly CostedRequest[] => [
  { request: `GET ${path}` },
  { request: `GET ${path}`, note: 'unchanged' },
  { request: `GET ${path}?fields=${fields}` },
];

/** Only principals of the platform see all organizations. */
const byPlatform = (requests: readonly CostedRequest[]): readonly CostedRequest[] =>
  requests.map((request) => ({ note: 'by the platform', ...request }));

/** Asked for twice: while nothing is cached, and again. */
export const READS: readonly CostedRequest[] = [
  ...byPlatform(ofAll('organizations', 'status=active&sort=name', 'name')).filter(({ note }) => note !== 'unchanged'),
  { request: 'GET /organizations?search=dental', note: 'by the platform' },
  ...ofOne('/organizations/{organization}', 'name,slug'),
  { request: 'GET /organizations/{organization}/summary' },
  ...ofAll('clinics', 'status=active&sort=name', 'name,code'),
  { request: 'GET /clinics?search=smile' },
  { request: 'GET /clinics', note: 'by the platform' },
  ...ofOne('/clinics/{clinic}', 'name,address.city'),
  { request: 'GET /clinics/{clinic}', note: 'signing in' },
  ...ofAll('providers', 'status=active&sort=lastName', 'firstName,lastName'),
  { request: 'GET /providers?search=ruiz' },
  ...ofOne('/providers/{provider}', 'firstName,lastName'),
  ...ofAll('assignments', 'role=dentist&isActive=true&sort=assignedAt', 'role'),
  ...ofOne('/assignments/{assignment}', 'role'),
  { request: 'GET /assignments/provider/{provider}/clinics' },
  { request: 'GET /assignments/clinic/{clinic}/staff' },
];

const group = () => ({ name: 'New Dental Group', slug: 'new-dental-group' });
const clinic = () => ({ name: 'New Clinic', code: 'C-NEW' });
const provider = () => ({ firstName: 'Zoë', lastName: 'Nguyen', licenseNumber: 'L-NEW' });
const renamed = () => ({ name: 'Renamed' });

/** Each done to the same data. */
export const WRITES: readonly CostedRequest[] = [
  { request: 'POST /organizations', note: 'by the platform', body: group },
  { request: 'PUT /organizations/{organization}', body: group },
  { request: 'PATCH /organizations/{organization}', body: renamed },
  { request: 'DELETE /organizations/{organization}?cascade=true', note: 'by the platform' },
  { request: 'POST /clinics', body: clinic },
  { request: 'PUT /clinics/{clinic}', body: clinic },
  { request: 'PATCH /clinics/{clinic}', body: renamed },
  { request: 'DELETE /clinics/{clinic}?cascade=true' },
  { request: 'POST /providers', body: provider },
  { request: 'PUT /providers/{provider}', body: provider },
  { request: 'PATCH /providers/{provider}', body: () => ({ specialty: 'endodontics' }) },
  { request: 'DELETE /providers/{provider}?cascade=true' },
  {
    request: 'POST /assignments',
    body: ({ freeProvider, freeClinic }) => ({ providerId: freeProvider, clinicId: freeClinic, role: 'hygienist' }),
  },
  {
    request: 'PUT /assignments/{assignment}',
    body: ({ provider: providerId, clinic: clinicId }) => ({ providerId, clinicId, role: 'hygienist' }),
  },
  { request: 'PATCH /assignments/{assignment}', body: () => ({ role: 'hygienist' }) },
  { request: 'DELETE /assignments/{assignment}' },
  // Applications ask for a token every quarter of an hour, long after the service has forgotten their key.
  { request: 'POST /auth/token', note: 'signing in', body: () => ({ grant_type: 'client_credentials' }) },
];

/** As the table names it. */
export const nameOf = ({ request, note }: CostedRequest): string =>
  note === undefined ? request : `${request} (${note})`;

/** As the API's document names its route. */
export const routeOf = ({ request }: CostedRequest): string => request.replace(/\?.*/, '').replace(/\{\w+\}/g, '{id}');
