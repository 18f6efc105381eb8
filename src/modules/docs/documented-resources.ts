import { removeQuerySchema } from '../../common/lists/list-query.js';
import type { DocumentedResource } from '../../common/openapi/resource-paths.js';
import { resourceSchemas } from '../../common/openapi/resource-schemas.js';
import { assignmentsResource } from '../assignments/assignments.resource.js';
import { clinicsResource } from '../clinics/clinics.resource.js';
import { organizationsResource } from '../organizations/organizations.resource.js';
import { providersResource } from '../providers/providers.resource.js';

const ofDirectory = {
  list: { scope: 'directory:read' },
  get: { scope: 'directory:read' },
  create: { scope: 'directory:write' },
  change: { scope: 'directory:write' },
  remove: { scope: 'directory:write' },
} as const satisfies DocumentedResource['access'];

/** What speaks against a write of clinics and providers. */
const ofMembers = {
  create: ['conflict', 'reference-not-live', 'write-conflict'],
  change: ['conflict', 'archived', 'reference-not-live'],
  remove: ['has-dependents'],
} as const satisfies DocumentedResource['refusals'];

/** Every resource of the API, with what its definition doesn't say of its routes. */
export const documentedResources = {
  organizations: {
    resource: organizationsResource,
    schemas: resourceSchemas(organizationsResource),
    path: '/api/v1/organizations',
    access: {
      list: { scope: 'directory:read', platform: true },
      get: { scope: 'directory:read' },
      create: { scope: 'organizations:manage', platform: true },
      change: { scope: 'organization:write' },
      remove: { scope: 'organizations:manage', platform: true },
    },
    refusals: { create: ['conflict', 'write-conflict'], change: ['conflict', 'archived'], remove: ['has-dependents'] },
    removal: { verb: 'archive', summary: 'Archive an organization', query: removeQuerySchema },
  },
  clinics: {
    resource: clinicsResource,
    schemas: resourceSchemas(clinicsResource),
    path: '/api/v1/clinics',
    access: ofDirectory,
    refusals: ofMembers,
    removal: { verb: 'archive', summary: 'Archive a clinic', query: removeQuerySchema },
  },
  providers: {
    resource: providersResource,
    schemas: resourceSchemas(providersResource),
    path: '/api/v1/providers',
    access: ofDirectory,
    refusals: ofMembers,
    removal: { verb: 'archive', summary: 'Archive a provider', query: removeQuerySchema },
  },
  assignments: {
    resource: assignmentsResource,
    schemas: resourceSchemas(assignmentsResource),
    path: '/api/v1/assignments',
    access: ofDirectory,
    refusals: {
      create: ['conflict', 'reference-not-live', 'write-conflict'],
      change: ['conflict', 'archived', 'reference-not-live'],
      remove: [],
    },
    removal: { verb: 'end', summary: 'End an assignment' },
  },
} as const satisfies Readonly<Record<string, DocumentedResource>>;
