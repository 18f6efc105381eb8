import { z } from 'zod';
import { defineResource } from '../../common/resource/resource.js';
import { instant, recordId, recordIdParameter, text } from '../../common/resource/scalars.js';
import { apiKeyIndexes } from '../../schemas/api-key.schema.js';

const role = z.enum(['admin', 'ops', 'read-only', 'editor', 'viewer']);

export const apiKeysResource = defineResource({
  name: 'keys',
  singular: 'key',
  body: z.strictObject({
    organizationId: recordId()
      .nullish()
      .describe(
        "The organization that the key is for; null for a key of the platform. An organization's admin may leave it out.",
      ),
    name: text(100).describe('What the key is used for.'),
    role: role.describe('Of an organization: admin, editor, viewer. Of the platform: admin, read-only, ops.'),
    expiresAt: instant().optional(),
  }),
  immutable: ['organizationId', 'role', 'expiresAt'],
  kept: {
    organizationId: recordId().nullable(),
    prefix: z.string().describe('The beginning of the key.'),
    revokedAt: instant().optional(),
    lastUsedAt: instant().optional().describe('To the minute.'),
  },
  filters: { organizationId: recordIdParameter() },
  sorts: ['createdAt'],
  defaultSort: '-createdAt',
  indexes: apiKeyIndexes,
  example: {
    id: '665f1c2ab7e4d1f0a1b2c3d8',
    organizationId: '665f1c2ab7e4d1f0a1b2c3d4',
    name: 'practice management software',
    role: 'editor',
    prefix: 'es_0f3a9b27c1de',
    version: 1,
    createdAt: '2026-11-21T08:00:00.000Z',
    updatedAt: '2026-11-21T08:00:00.000Z',
  },
});

/** How a key is rotated. */
export const rotationBody = z.strictObject({
  overlapSeconds: z
    .int()
    .min(0)
    .max(2_592_000)
    .default(86_400)
    .describe('How long the old key goes on; a day unless given.'),
});
