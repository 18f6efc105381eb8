import { create, makeKey } from './api.js';

/** An organization with clinics, and a viewer's key to it. */
export interface SmallGroup {
  readonly organizationId: string;
  readonly key: string;
  /** Ids of its clinics. */
  readonly clinics: readonly string[];
}

/** Makes an organization with clinics, two pages of them unless told otherwise, through the API of a running service. */
export async function smallGroup(service: string, adminKey: string, count = 40): Promise<SmallGroup> {
  const api = `${service}/api/v1`;
  const slug = `group-${Date.now()}`;
  const organization = await create(`${api}/organizations`, adminKey, { name: 'Northern Dental', slug });
  const organizationId = String(organization['id']);
  const clinics: string[] = [];
  while (clinics.length < count) {
    const { id } = await create(`${api}/clinics`, adminKey, clinic(organizationId, clinics.length));
    clinics.push(String(id));
  }
  return { organizationId, key: await makeKey(service, adminKey, organizationId, 'viewer'), clinics };
}

const TOWNS = ['Port Lions', 'Kotzebue', 'Sand Point', 'Whittier', 'Unalakleet', 'Haines', 'Yakutat'] as const;

function clinic(organizationId: string, number: number) {
  const town = TOWNS[number % TOWNS.length];
  return {
    organizationId,
    name: `${town} Dental ${number + 1}`,
    code: `AK-${String(number + 1).padStart(6, '0')}`,
    address: { street: `${number + 11} Molina`, city: town, state: 'AK', postalCode: '99550', country: 'US' },
    phone: `+1 907 555 01${String(number).padStart(2, '0')}`,
    email: `clinic-${number + 1}@northern-dental.example`,
    timezone: 'America/Anchorage',
  };
}
