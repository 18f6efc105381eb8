import { type Db, type Document, ObjectId } from 'mongodb';
import type { ResourceDefinition } from '../../src/common/resource/resource.js';
import { searchTerms } from '../../src/common/resource/search-terms.js';
import { assignmentsResource } from '../../src/modules/assignments/assignments.resource.js';
import { auditResource } from '../../src/modules/audit/audit.resource.js';
import { apiKeysResource } from '../../src/modules/auth/api-keys.resource.js';
import { clinicsResource } from '../../src/modules/clinics/clinics.resource.js';
import { organizationsResource } from '../../src/modules/organizations/organizations.resource.js';
import { providersResource } from '../../src/modules/providers/providers.resource.js';

/** A resource with its collection and the URL of its list. */
export interface ListedResource {
  readonly resource: ResourceDefinition;
  readonly collection: string;
  readonly path: string;
}

/** What the directory is made of. */
export const DIRECTORY: readonly ListedResource[] = [
  { resource: organizationsResource, collection: 'organizations', path: '/organizations' },
  { resource: clinicsResource, collection: 'clinics', path: '/clinics' },
  { resource: providersResource, collection: 'providers', path: '/providers' },
  { resource: assignmentsResource, collection: 'provider_clinic_assignments', path: '/assignments' },
];

/** Every resource. */
export const RESOURCES: readonly ListedResource[] = [
  ...DIRECTORY,
  { resource: apiKeysResource, collection: 'api_keys', path: '/auth/keys' },
  { resource: auditResource, collection: 'audit_entries', path: '/audit' },
];

/** Of each tenant, how many clinics, providers and assignments: most belong to a few. */
const TENANTS = [300, 120, 50, 25];
const ORGANIZATIONS = 500;
/** Rows that share a moment, so that ids decide their order. */
const TIED = 6;
const NAMES = ['Port Lions', 'Port Moller', 'Zoë Smile', 'ｗｉｄｅ Dental', 'Ärzte am See', '東京 Dental', 'Zz'];

/** What a crowded directory is made of, by collection. */
export type Crowd = Readonly<Record<string, readonly Document[]>>;

/**
 * Some thousands of rows in all collections: few big tenants and small ones, many equal sort values, common
 * and rare values of every filter, and ids in no relation to the order of anything else.
 */
export async function crowd(db: Db): Promise<Crowd> {
  const tenants = TENANTS.map(() => scatteredId());
  const members = (make: (organizationId: ObjectId, at: number) => Document) =>
    TENANTS.flatMap((size, tenant) =>
      Array.from({ length: size }, (_, at) => make(tenants[tenant] ?? scatteredId(), at)),
    );
  const clinics = members(clinic);
  const providers = members(provider);
  const rows: Crowd = {
    organizations: Array.from({ length: ORGANIZATIONS }, (_, at) => ({
      ...organization(at),
      ...onlyHere(tenants[at]),
    })),
    clinics,
    providers,
    provider_clinic_assignments: assignments(clinics, providers),
    api_keys: members(apiKey),
    audit_entries: members(auditEntry),
  };
  for (const { resource, collection } of RESOURCES) {
    for (const row of rows[collection] ?? []) {
      if (resource.searched) row['searchTerms'] = searchTerms(resource.searched(row));
    }
    await db.collection(collection).insertMany([...(rows[collection] ?? [])]);
  }
  return rows;
}

const onlyHere = (_id: ObjectId | undefined) => (_id === undefined ? {} : { _id });

/** The same ones on each run, spread over all values. */
let ids = 0;
function scatteredId(): ObjectId {
  ids += 1;
  const scattered = (Math.imul(ids, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0');
  return new ObjectId(`${scattered}${ids.toString(16).padStart(16, '0')}`);
}

const moment = (at: number): Date => new Date(Date.UTC(2024, 0, 1) + Math.floor(at / TIED) * 3_600_000);
/** One row in ten by blocks of equal moments, so that rare values have ties as well. */
const isRare = (at: number): boolean => Math.floor(at / TIED) % 10 === 3;
const name = (at: number): string => NAMES[Math.floor(at / 3) % NAMES.length] ?? '';

const common = (at: number) => ({
  _id: scatteredId(),
  version: 1,
  holds: 0,
  createdAt: moment(at),
  updatedAt: moment(at),
});

const organization = (at: number): Document => ({
  ...common(at),
  name: name(at),
  slug: `group-${at}`,
  status: isRare(at) ? 'suspended' : 'active',
  subscriptionTier: Math.floor(at / TIED) % 3 === 0 ? 'premium' : 'free',
});

const clinic = (organizationId: ObjectId, at: number): Document => ({
  ...common(at),
  organizationId,
  name: name(at),
  code: `C-${at}`,
  status: isRare(at) ? 'inactive' : 'active',
  address: { city: 'Juneau', country: 'US' },
});

const provider = (organizationId: ObjectId, at: number): Document => ({
  ...common(at),
  organizationId,
  firstName: 'Ana',
  lastName: name(at),
  ...(at % 5 === 0 ? {} : { licenseNumber: `L-${at}` }),
  specialty: Math.floor(at / TIED) % 4 === 1 ? 'orthodontics' : 'general',
  status: isRare(at) ? 'inactive' : 'active',
});

const apiKey = (organizationId: ObjectId, at: number): Document => {
  const made = common(at);
  return { ...made, organizationId, name: name(at), role: 'editor', prefix: `es_${at}`, digest: String(made._id) };
};

/** A few records and keys that much is written of and by. */
const auditEntry = (organizationId: ObjectId, at: number): Document => ({
  ...common(at),
  organizationId,
  resource: 'clinics',
  recordId: new ObjectId(String(Math.floor(at / TIED) % 3).padStart(24, 'a')),
  action: 'change',
  keyId: `key-${Math.floor(at / TIED) % 4}`,
  principal: 'organization',
  role: 'editor',
  correlationId: `correlation-${at}`,
});

/** Each tenant's busiest provider works at every clinic, and its busiest clinic has every provider. */
function assignments(clinics: readonly Document[], providers: readonly Document[]): Document[] {
  return clinics.flatMap((atClinic, at) => {
    const tenant = atClinic['organizationId'];
    const own = providers[at];
    const first = clinics.findIndex(({ organizationId }) => tenant.equals(organizationId));
    const [busyClinic, busyProvider] = [clinics[first], providers[first]];
    const assignment = (providerOf: Document | undefined, clinicOf: Document | undefined): Document => ({
      ...common(at),
      organizationId: tenant,
      providerId: providerOf?.['_id'],
      clinicId: clinicOf?.['_id'],
      role: Math.floor(at / TIED) % 4 < 2 ? 'hygienist' : 'dentist',
      isActive: !isRare(at),
      isPrimary: false,
      assignedAt: moment(at),
    });
    return at === first
      ? [assignment(own, atClinic)]
      : [assignment(busyProvider, atClinic), assignment(own, busyClinic)];
  });
}
