import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { parameter } from '../../common/openapi/parameters.js';
import { listOperation } from '../../common/openapi/resource-paths.js';
import { resourceSchemas } from '../../common/openapi/resource-schemas.js';
import { auditResource } from '../audit/audit.resource.js';

const resource = { ...auditResource, name: 'audit entries' };

/** What the service keeps of each write. */
export const auditPaths = {
  '/api/v1/audit': {
    parameters: [parameter('CorrelationId')],
    get: {
      ...listOperation({
        resource,
        schemas: resourceSchemas(resource),
        access: { list: { scope: 'audit:read', platform: true } },
      }),
      tags: ['Audit'],
      summary: 'List who wrote what, and when',
    },
  },
} satisfies ZodOpenApiPathsObject;
