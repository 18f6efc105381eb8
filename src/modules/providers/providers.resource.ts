import { z } from 'zod';
import { defineResource } from '../../common/resource/resource.js';
import { email, instant, phone, recordId, recordIdParameter, text } from '../../common/resource/scalars.js';
import { providerIndexes } from '../../schemas/provider.schema.js';

const status = z.enum(['active', 'inactive', 'archived']);

export const providersResource = defineResource({
  name: 'providers',
  singular: 'provider',
  body: z.strictObject({
    organizationId: recordId()
      .optional()
      .describe(
        'The organization that employs the provider; set once. Principals of an organization may leave it out, those of the platform name it.',
      ),
    firstName: text(100),
    lastName: text(100),
    email: email().optional(),
    phone: phone().optional(),
    specialty: text(100).optional(),
    licenseNumber: text(64).optional().describe('Unique within the organization.'),
    npi: z
      .string()
      .regex(/^\d{10}$/, 'must have 10 digits')
      .optional()
      .describe('National Provider Identifier (US).'),
    status: status.exclude(['archived']).optional().describe('`active` unless given.'),
  }),
  immutable: ['organizationId'],
  kept: {
    organizationId: recordId(),
    status,
    archivedAt: instant().optional().describe('When it was removed; absent while it is live.'),
  },
  filters: { organizationId: recordIdParameter(), status, specialty: text(100), licenseNumber: text(64) },
  sorts: ['createdAt', 'lastName'],
  defaultSort: '-createdAt',
  searched: ({ firstName, lastName, licenseNumber }) => [
    `${firstName} ${lastName}`,
    `${lastName} ${firstName}`,
    licenseNumber === undefined ? undefined : String(licenseNumber),
  ],
  indexes: providerIndexes,
  cache: { owners: ['organizationId'], countedBy: ['status'] },
  example: {
    id: '665f1c2ab7e4d1f0a1b2c3d6',
    organizationId: '665f1c2ab7e4d1f0a1b2c3d4',
    firstName: 'Zoë',
    lastName: 'Nguyen',
    email: 'zoe.nguyen@bright-smile.example',
    phone: '+1 907 555 0102',
    specialty: 'orthodontics',
    licenseNumber: 'AK-D-10442',
    npi: '1093817465',
    status: 'active',
    version: 1,
    createdAt: '2026-11-21T08:00:00.000Z',
    updatedAt: '2026-11-21T08:00:00.000Z',
  },
});
