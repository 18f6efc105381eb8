import { z } from 'zod';
import { defineResource } from '../../common/resource/resource.js';
import {
  address,
  email,
  instant,
  phone,
  recordId,
  recordIdParameter,
  text,
  timezone,
  weeklyHours,
} from '../../common/resource/scalars.js';
import { clinicIndexes } from '../../schemas/clinic.schema.js';

const status = z.enum(['active', 'inactive', 'archived']);

export const clinicsResource = defineResource({
  name: 'clinics',
  singular: 'clinic',
  body: z.strictObject({
    organizationId: recordId()
      .optional()
      .describe(
        'The organization that it belongs to; set once. Principals of an organization may leave it out, those of the platform name it.',
      ),
    name: text(200),
    code: text(64).describe("Unique within the organization: the organization's own number of the clinic."),
    status: status.exclude(['archived']).optional().describe('`active` unless given.'),
    address: address().optional(),
    phone: phone().optional(),
    email: email().optional(),
    timezone: timezone().optional(),
    npi: z
      .string()
      .regex(/^\d{10}$/, 'must have 10 digits')
      .optional()
      .describe('National Provider Identifier (US).'),
    openingHours: weeklyHours().optional(),
  }),
  immutable: ['organizationId'],
  kept: {
    organizationId: recordId(),
    status,
    archivedAt: instant().optional().describe('When it was removed; absent while it is live.'),
  },
  filters: { organizationId: recordIdParameter(), status, code: text(64) },
  sorts: ['createdAt', 'name'],
  defaultSort: '-createdAt',
  searched: ({ name, code }) => [String(name), String(code)],
  indexes: clinicIndexes,
  cache: { owners: ['organizationId'], countedBy: ['status'] },
  example: {
    id: '665f1c2ab7e4d1f0a1b2c3d5',
    organizationId: '665f1c2ab7e4d1f0a1b2c3d4',
    name: 'Port Lions Dental',
    code: 'AK-000170',
    status: 'active',
    address: { street: '500 Molina', city: 'Port Lions', state: 'AK', postalCode: '99550', country: 'US' },
    phone: '+1 907 555 0101',
    email: 'port-lions@bright-smile.example',
    timezone: 'America/Anchorage',
    npi: '1275836203',
    openingHours: { monday: [{ from: '08:00', to: '17:00' }] },
    version: 1,
    createdAt: '2026-11-21T08:00:00.000Z',
    updatedAt: '2026-11-21T08:00:00.000Z',
  },
});
