import type { BodyOf } from '../../common/resource/resource.js';
import { organizationsResource } from '../organizations/organizations.resource.js';
import type { OrganizationsService } from '../organizations/organizations.service.js';
import { type RowKind, slugOf } from './row-kind.js';

/** Rows `id,name,state[,type]`: the id becomes the slug, by which the clinics' rows find it. */
export const organizationRows = (
  organizations: OrganizationsService,
): RowKind<BodyOf<typeof organizationsResource>> => ({
  resource: organizationsResource,
  columns: { required: ['id', 'name'], optional: ['state', 'type'] },
  columnOf: (pointer) => columns[pointer] ?? pointer.slice(1),
  candidates: async (rows) =>
    rows.map(({ values: { id, name, state } }) => ({
      body: {
        name,
        slug: id === undefined ? undefined : slugOf(id),
        subscriptionTier: 'free',
        address: { state, country: 'US' },
      },
    })),
  keyOf: ({ slug }) => slug,
  createMany: (bodies) => organizations.createMany(bodies),
});

const columns: Readonly<Record<string, string>> = { '/slug': 'id', '/address/state': 'state' };
