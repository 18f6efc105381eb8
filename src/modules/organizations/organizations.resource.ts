import { z } from 'zod';
import { defineResource } from '../../common/resource/resource.js';
import { address, email, instant, phone, slug, text, timezone } from '../../common/resource/scalars.js';
import { organizationIndexes } from '../../schemas/organization.schema.js';

const tier = z.enum(['free', 'basic', 'premium', 'enterprise']);

export const organizationsResource = defineResource({
  name: 'organizations',
  singular: 'organization',
  body: z.strictObject({
    name: text(200),
    slug: slug().describe('Unique among all organizations.'),
    status: z.enum(['active', 'suspended']).optional().describe('`active` unless given.'),
    subscriptionTier: tier.optional().describe('`free` unless given.'),
    contact: z
      .strictObject({ name: text(200).optional(), email: email().optional(), phone: phone().optional() })
      .optional(),
    address: address().optional(),
    settings: z
      .strictObject({
        locale: z
          .string()
          .regex(/^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$/, 'must be a language tag such as en-US')
          .optional(),
        timezone: timezone().optional(),
        currency: z
          .string()
          .regex(/^[A-Z]{3}$/, 'must be a currency code such as USD')
          .optional(),
      })
      .optional(),
  }),
  immutable: [],
  kept: {
    status: z.enum(['active', 'suspended', 'archived']),
    subscriptionTier: tier,
    archivedAt: instant().optional().describe('When it was removed; absent while it is live.'),
  },
  filters: {
    slug: slug(),
    status: z.enum(['active', 'suspended', 'archived']),
    subscriptionTier: tier,
  },
  sorts: ['createdAt', 'name'],
  defaultSort: '-createdAt',
  searched: ({ name, slug: word }) => [String(name), String(word)],
  indexes: organizationIndexes,
  cache: { owners: [], countedBy: [] },
  example: {
    id: '665f1c2ab7e4d1f0a1b2c3d4',
    name: 'Bright Smile Dental Group',
    slug: 'bright-smile',
    status: 'active',
    subscriptionTier: 'premium',
    contact: { name: 'Ana Ruiz', email: 'office@bright-smile.example', phone: '+1 907 555 0100' },
    address: { street: '12 Main St', city: 'Juneau', state: 'AK', postalCode: '99801', country: 'US' },
    settings: { locale: 'en-US', timezone: 'America/Juneau', currency: 'USD' },
    version: 1,
    createdAt: '2026-11-21T08:00:00.000Z',
    updatedAt: '2026-11-21T08:00:00.000Z',
  },
});
