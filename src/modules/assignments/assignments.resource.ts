import { z } from 'zod';
import { listQuerySchema } from '../../common/lists/list-query.js';
import { defineResource } from '../../common/resource/resource.js';
import {
  booleanParameter,
  instant,
  recordId,
  recordIdParameter,
  text,
  weeklyHours,
} from '../../common/resource/scalars.js';
import { assignmentIndexes } from '../../schemas/assignment.schema.js';

export const assignmentsResource = defineResource({
  name: 'assignments',
  singular: 'assignment',
  body: z.strictObject({
    organizationId: recordId().optional().describe("The provider's and the clinic's organization; taken from them."),
    providerId: recordId().describe('Who works there; set once.'),
    clinicId: recordId().describe('Where; set once.'),
    role: text(64).describe('Such as dentist, hygienist or front-desk.'),
    isActive: z.boolean().optional().describe('`true` unless given; a provider has one active assignment at a clinic.'),
    isPrimary: z.boolean().optional().describe("Whether the clinic is the provider's main one; `false` unless given."),
    schedule: weeklyHours().optional(),
    assignedAt: instant().optional().describe('When it began; the time of the request unless given.'),
  }),
  immutable: ['organizationId', 'providerId', 'clinicId'],
  kept: {
    organizationId: recordId(),
    providerId: recordId(),
    clinicId: recordId(),
    isActive: z.boolean(),
    isPrimary: z.boolean(),
    assignedAt: instant(),
    endedAt: instant().optional().describe('When it ended; absent while it is active.'),
  },
  filters: {
    organizationId: recordIdParameter(),
    providerId: recordIdParameter(),
    clinicId: recordIdParameter(),
    role: text(64),
    isActive: booleanParameter(),
  },
  sorts: ['assignedAt'],
  defaultSort: '-assignedAt',
  indexes: assignmentIndexes,
  cache: { owners: ['providerId', 'clinicId', 'organizationId'], countedBy: ['isActive'] },
  example: {
    id: '665f1c2ab7e4d1f0a1b2c3d7',
    organizationId: '665f1c2ab7e4d1f0a1b2c3d4',
    providerId: '665f1c2ab7e4d1f0a1b2c3d6',
    clinicId: '665f1c2ab7e4d1f0a1b2c3d5',
    role: 'dentist',
    isActive: true,
    isPrimary: true,
    schedule: { monday: [{ from: '08:00', to: '12:00' }] },
    assignedAt: '2026-11-21T08:00:00.000Z',
    version: 1,
    createdAt: '2026-11-21T08:00:00.000Z',
    updatedAt: '2026-11-21T08:00:00.000Z',
  },
});

/** How `/assignments/provider/:id/clinics` and `/assignments/clinic/:id/staff` are asked for. */
export const joinedQuery = listQuerySchema(assignmentsResource, ['organizationId', 'isActive']);
