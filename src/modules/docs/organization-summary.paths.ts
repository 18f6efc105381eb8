import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { json } from '../../common/openapi/bodies.js';
import { guarded } from '../../common/openapi/guarded.js';
import { revalidated } from '../../common/openapi/headers.js';
import { CACHED, idParameter, parameter } from '../../common/openapi/parameters.js';
import { WITH_ID } from '../../common/openapi/problem-sets.js';
import { clinicsResource } from '../clinics/clinics.resource.js';
import { organizationsResource } from '../organizations/organizations.resource.js';
import { providersResource } from '../providers/providers.resource.js';
import { documentedResources } from './documented-resources.js';

const count = z.int().min(0);
const counts = (status: unknown, of: string) =>
  z
    .partialRecord(status instanceof z.ZodEnum ? status : z.string(), count)
    .describe(`How many ${of} it has, by status; a status that none has is missing.`);

const summary = z
  .strictObject({
    ...organizationsResource.record.pick({ id: true, name: true, status: true, subscriptionTier: true }).shape,
    clinics: counts(clinicsResource.filters['status'], 'clinics'),
    providers: counts(providersResource.filters['status'], 'providers'),
    activeAssignments: count,
  })
  .meta({ id: 'OrganizationSummary', description: 'An organization with the counts of what it has.' });

const { id, name, status, subscriptionTier } = organizationsResource.example;

export const organizationSummaryPaths = {
  '/api/v1/organizations/{id}/summary': {
    parameters: [idParameter('organization', id), parameter('CorrelationId')],
    get: guarded(documentedResources.organizations.access.get, {
      operationId: 'getOrganizationSummary',
      tags: ['Organizations'],
      summary: 'Count what an organization has',
      parameters: [...CACHED],
      answers: revalidated(
        {
          description: 'The organization in numbers.',
          content: json(summary, {
            ...{ id, name, status, subscriptionTier },
            clinics: { active: 12, archived: 1 },
            providers: { active: 40, inactive: 2 },
            activeAssignments: 57,
          }),
        },
        'X-Cache',
        'Age',
      ),
      problems: WITH_ID,
      absenceCached: true,
    }),
  },
} satisfies ZodOpenApiPathsObject;
