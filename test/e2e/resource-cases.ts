import type { ApiClient } from '../support/api-client.js';
import type { ApiRecord, Directory } from '../support/directory.js';

type Body = Record<string, unknown>;

/** What the four resources have in common, so that one test speaks for all of them. */
export interface ResourceCase {
  readonly name: string;
  readonly path: string;
  /** A new valid body with nothing but the required fields. */
  readonly body: (directory: Directory) => Promise<Body>;
  /** A field of one line of text that every body has. */
  readonly textField: string;
  /** Optional fields with values as the API answers them. */
  readonly optional: Body;
  /** Fields that the service fills in where a body leaves them out. */
  readonly defaults: Body;
  readonly immutable: readonly string[];
}

let made = 0;
const next = (): string => {
  made += 1;
  return String(made);
};

const shifts = { monday: [{ from: '08:00', to: '12:00' }], friday: [{ from: '09:00', to: '13:00' }] };

const organizations: ResourceCase = {
  name: 'organizations',
  path: '/organizations',
  body: async () => {
    const number = next();
    return { name: `Dental Partners ${number}`, slug: `dental-partners-${number}` };
  },
  textField: 'name',
  optional: {
    contact: { name: 'Ana Ruiz', email: 'ana@example.com' },
    address: { city: 'Juneau', state: 'AK' },
    settings: { locale: 'en-US', timezone: 'America/Juneau', currency: 'USD' },
  },
  defaults: { status: 'active', subscriptionTier: 'free' },
  immutable: [],
};

const clinics: ResourceCase = {
  name: 'clinics',
  path: '/clinics',
  body: async (directory) => {
    const number = next();
    return { organizationId: (await directory.organization()).id, name: `Clinic ${number}`, code: `CODE-${number}` };
  },
  textField: 'name',
  optional: {
    address: { city: 'Port Lions', country: 'US', latitude: 57.86 },
    phone: '+1 907 555 0101',
    email: 'port-lions@example.com',
    timezone: 'America/Anchorage',
    npi: '1275836203',
    openingHours: shifts,
  },
  defaults: { status: 'active' },
  immutable: ['organizationId'],
};

const providers: ResourceCase = {
  name: 'providers',
  path: '/providers',
  body: async (directory) => ({
    organizationId: (await directory.organization()).id,
    firstName: 'Zoë',
    lastName: `Nguyen ${next()}`,
  }),
  textField: 'lastName',
  optional: { email: 'zoe@example.com', phone: '907-555-0102', specialty: 'orthodontics', licenseNumber: 'AK-D-1' },
  defaults: { status: 'active' },
  immutable: ['organizationId'],
};

const assignments: ResourceCase = {
  name: 'assignments',
  path: '/assignments',
  body: async (directory) => {
    const organization = await directory.organization();
    const provider = await directory.provider(organization.id);
    const clinic = await directory.clinic(organization.id);
    return { providerId: provider.id, clinicId: clinic.id, role: 'dentist' };
  },
  textField: 'role',
  optional: { schedule: shifts },
  defaults: { isActive: true, isPrimary: false },
  immutable: ['organizationId', 'providerId', 'clinicId'],
};

export const resourceCases: readonly ResourceCase[] = [organizations, clinics, providers, assignments];

/** Those whose removal sets their status; an assignment ends instead. */
export const archivableCases: readonly ResourceCase[] = [organizations, clinics, providers];

/** Makes a record of the resource. */
export async function make(
  resource: ResourceCase,
  api: ApiClient,
  directory: Directory,
  fields: Body = {},
): Promise<ApiRecord> {
  const answer = await api.post(resource.path, { ...(await resource.body(directory)), ...fields });
  if (answer.status !== 201) throw new Error(`${resource.path} answered ${JSON.stringify(answer.body)}`);
  return answer.body as ApiRecord;
}

/** A well-formed id that no record has. */
export const UNKNOWN_ID = '0123456789abcdef01234567';
