import type { BodyOf } from '../../common/resource/resource.js';
import { clinicsResource } from '../clinics/clinics.resource.js';
import type { ClinicsService } from '../clinics/clinics.service.js';
import type { OrganizationsService } from '../organizations/organizations.service.js';
import type { CsvRow } from './csv-rows.js';
import { type Candidate, numberOf, type RowKind, slugOf } from './row-kind.js';

/** Rows of clinics, each in the organization whose row has the id in the column `organization`. */
export const clinicRows = (
  clinics: ClinicsService,
  organizations: OrganizationsService,
): RowKind<BodyOf<typeof clinicsResource>> => ({
  resource: clinicsResource,
  columns: {
    required: ['organization', 'code', 'name'],
    optional: ['street', 'city', 'state', 'zip', 'county', 'npi', 'latitude', 'longitude'],
  },
  columnOf: (pointer) => columns[pointer] ?? pointer.split('/').at(-1) ?? '',
  candidates: async (rows) => {
    const slugs = rows.flatMap(({ values: { organization } }) => (organization ? [slugOf(organization)] : []));
    const ids = await organizations.idsBySlug([...new Set(slugs)]);
    return rows.map((row) => candidate(row, (slug) => ids.get(slug)?.toHexString()));
  },
  keyOf: ({ organizationId, code }) => JSON.stringify([organizationId, code]),
  createMany: (bodies) => clinics.createMany(bodies),
});

const columns: Readonly<Record<string, string>> = { '/organizationId': 'organization', '/address/postalCode': 'zip' };

/** Stands for an organization that isn't there while the rest of the row is validated. */
const NOBODY = '0'.repeat(24);

function candidate({ values }: CsvRow, idOf: (slug: string) => string | undefined): Candidate {
  const { organization, code, name, npi, street, city, county, state, zip, latitude, longitude } = values;
  const slug = organization === undefined ? undefined : slugOf(organization);
  const organizationId = slug === undefined ? undefined : idOf(slug);
  const unknown = slug !== undefined && organizationId === undefined;
  const address = {
    street,
    city,
    county,
    state,
    postalCode: zip,
    country: 'US',
    latitude: numberOf(latitude),
    longitude: numberOf(longitude),
  };
  return {
    body: { organizationId: unknown ? NOBODY : organizationId, name, code, npi, address },
    ...(unknown && { mistake: { column: 'organization', message: `there is no organization ${slug}` } }),
  };
}
