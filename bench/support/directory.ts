import { create, makeKey } from './api.js';
import { at } from './at.js';

/** A record, with the key of an admin of its organization. */
export interface Entry {
  readonly id: string;
  readonly key: string;
}

/** Records of ten organizations, the most popular first; an organization that is popular has popular records. */
export interface Directory {
  readonly organizations: readonly Entry[];
  readonly clinics: readonly Entry[];
  readonly providers: readonly Entry[];
  readonly assignments: readonly Entry[];
}

const ORGANIZATIONS = 10;
const CLINICS = 200;
const PROVIDERS = 300;
const ASSIGNMENTS = 1000;

/** Makes the directory through the API of a running service. */
export async function makeDirectory(service: string, adminKey: string): Promise<Directory> {
  const api = `${service}/api/v1`;
  const run = Date.now();
  const organizations = await each(ORGANIZATIONS, async (number) => {
    const body = { name: `Group ${number}`, slug: `group-${run}-${number}` };
    const { id } = await create(`${api}/organizations`, adminKey, body);
    return { id: String(id), key: await makeKey(service, adminKey, String(id), 'admin') };
  });
  // Record n belongs to organization n % 10, of every kind.
  const made = async (resource: string, number: number, body: unknown): Promise<Entry> => {
    const { key } = at(organizations, number % ORGANIZATIONS);
    const { id } = await create(`${api}/${resource}`, key, body);
    return { id: String(id), key };
  };
  const clinics = await each(CLINICS, (n) => made('clinics', n, { name: `Clinic ${n}`, code: `C-${n}`, ...PLACE }));
  const providers = await each(PROVIDERS, (n) => made('providers', n, { firstName: 'Zoë', lastName: `Nguyen ${n}` }));
  const assignments = await each(ASSIGNMENTS, (n) => {
    const clinicId = at(clinics, clinicOf(n)).id;
    return made('assignments', n, { providerId: at(providers, n % PROVIDERS).id, clinicId, role: 'dentist' });
  });
  return { organizations, clinics, providers, assignments };
}

const PLACE = {
  address: { street: '500 Molina', city: 'Port Lions', state: 'AK', postalCode: '99550', country: 'US' },
  phone: '+1 907 555 0101',
  timezone: 'America/Anchorage',
} as const;

/** Of the provider's organization, and another one for each of the provider's assignments. */
function clinicOf(assignment: number): number {
  const provider = assignment % PROVIDERS;
  const nth = Math.floor(assignment / PROVIDERS);
  const clinicsOfOne = CLINICS / ORGANIZATIONS;
  const slot = (Math.floor(provider / ORGANIZATIONS) + 7 * nth) % clinicsOfOne;
  return (provider % ORGANIZATIONS) + slot * ORGANIZATIONS;
}

/** As many at a time as there are organizations: those of a batch don't wait for each other's records. */
async function each<Made>(count: number, make: (number: number) => Promise<Made>): Promise<readonly Made[]> {
  const made: Made[] = [];
  while (made.length < count) {
    const batch = Array.from({ length: Math.min(ORGANIZATIONS, count - made.length) }, (_, n) => make(made.length + n));
    made.push(...(await Promise.all(batch)));
  }
  return made;
}
