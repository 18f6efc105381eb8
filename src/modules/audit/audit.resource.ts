import { z } from 'zod';
import { defineResource } from '../../common/resource/resource.js';
import { recordId, recordIdParameter, text } from '../../common/resource/scalars.js';
import { auditEntryIndexes } from '../../schemas/audit-entry.schema.js';

/** What was written, by whom: made by the service in the transaction of the write itself, and never changed. */
export const auditResource = defineResource({
  name: 'audit',
  singular: 'audit entry',
  body: z.strictObject({}),
  immutable: [],
  kept: {
    organizationId: recordId().nullable(),
    resource: z.string(),
    recordId: recordId(),
    action: z.enum(['create', 'change', 'cascade']),
    versionBefore: z.int().optional(),
    versionAfter: z.int().optional(),
    count: z.int().optional().describe('Of a cascade: how many records it has changed.'),
    keyId: z.string().describe('The API key that was used, or that the token was issued for.'),
    principal: z.enum(['platform', 'organization']),
    role: z.string(),
    correlationId: z.string(),
  },
  filters: { organizationId: recordIdParameter(), recordId: recordIdParameter(), keyId: text(200) },
  sorts: ['createdAt'],
  defaultSort: '-createdAt',
  indexes: auditEntryIndexes,
  example: {
    id: '665f1c2ab7e4d1f0a1b2c3d9',
    organizationId: '665f1c2ab7e4d1f0a1b2c3d4',
    resource: 'clinics',
    recordId: '665f1c2ab7e4d1f0a1b2c3d5',
    action: 'change',
    versionBefore: 3,
    versionAfter: 4,
    keyId: '665f1c2ab7e4d1f0a1b2c3d8',
    principal: 'organization',
    role: 'editor',
    correlationId: '0478436b-2d9d-42ea-acd6-0a23f32a4dbf',
    version: 1,
    createdAt: '2026-11-21T08:00:00.000Z',
    updatedAt: '2026-11-21T08:00:00.000Z',
  },
});
