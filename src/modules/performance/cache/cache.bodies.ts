import { z } from 'zod';
import { recordId } from '../../../common/resource/scalars.js';

const CACHED = ['organizations', 'clinics', 'providers', 'assignments'] as const;

/** What is to be cleared; exactly one of them, so that a slip doesn't clear everything. */
export const clearBody = z
  .strictObject({
    everything: z.literal(true).optional(),
    resource: z.enum(CACHED).optional().describe('All entries of a resource, whoever sees them.'),
    organizationId: recordId().optional().describe('All that principals of this organization see.'),
  })
  .refine((body) => Object.values(body).filter((value) => value !== undefined).length === 1, {
    message: 'must name one of everything, resource, organizationId',
  })
  .meta({ id: 'CacheClear', description: 'What is to be loaded anew. Exactly one of its members.' });

export type ClearBody = z.output<typeof clearBody>;

/** What is to be loaded before it is asked for. */
export const warmBody = z
  .strictObject({
    organizationId: recordId().optional().describe('Only what principals of this organization ask for.'),
    most: z.int().min(1).max(500).default(100).describe('How many answers.'),
  })
  .meta({ id: 'CacheWarm', description: 'What is to be loaded before it is asked for.' });

export type WarmBody = z.output<typeof warmBody>;
