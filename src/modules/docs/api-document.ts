import { createDocument, type oas32 } from 'zod-openapi';
import { serviceVersion } from '../../common/observability/service-version.js';
import { HEADERS } from '../../common/openapi/headers.js';
import { PARAMETERS } from '../../common/openapi/parameters.js';
import { methodNotAllowed, problemExamples, problemNames } from '../../common/openapi/problem-responses.js';
import { resourcePaths } from '../../common/openapi/resource-paths.js';
import { PROBLEMS, problemType } from '../../common/problems/problems.js';
import { apiKeyPaths } from './api-keys.paths.js';
import { assignmentViewPaths } from './assignment-views.paths.js';
import { auditPaths } from './audit.paths.js';
import { documentedResources } from './documented-resources.js';
import { organizationSummaryPaths } from './organization-summary.paths.js';
import { performancePaths } from './performance.paths.js';
import { securitySchemes } from './security-schemes.js';
import { servicePaths } from './service.paths.js';
import { tokenPaths } from './tokens.paths.js';

/** The whole API as an OpenAPI document. Needs no configuration and no server. */
export function apiDocument(): oas32.OpenAPIObject {
  return createDocument({
    openapi: '3.1.1',
    info: { title: 'Enterprise Service', version: serviceVersion(), description },
    servers: [{ url: '/', description: 'This service.' }],
    tags: [
      { name: 'Organizations', description: 'The tenants: groups of dental practices.' },
      { name: 'Clinics', description: 'Where the practices of an organization are.' },
      { name: 'Providers', description: 'The people who work for an organization.' },
      { name: 'Assignments', description: 'Which provider works at which clinic, and as what.' },
      { name: 'Keys', description: 'What applications sign in with.' },
      { name: 'Tokens', description: 'Short-lived credentials for keys, and the keys that they are signed with.' },
      { name: 'Audit', description: 'Who wrote what.' },
      { name: 'Performance', description: 'How a process fares, for the people on call.' },
      { name: 'Service', description: 'Probes and metrics for what runs the service.' },
      { name: 'Documentation', description: 'What the API is, in its own words.' },
    ],
    security: [{ bearer: [] }, { apiKey: [] }],
    paths: {
      ...resourcePaths(documentedResources.organizations),
      ...organizationSummaryPaths,
      ...resourcePaths(documentedResources.clinics),
      ...resourcePaths(documentedResources.providers),
      ...resourcePaths(documentedResources.assignments),
      ...assignmentViewPaths,
      ...apiKeyPaths,
      ...tokenPaths,
      ...auditPaths,
      ...performancePaths,
      ...servicePaths,
    },
    components: {
      securitySchemes,
      headers: HEADERS,
      parameters: PARAMETERS,
      examples: problemExamples,
      responses: { 'method-not-allowed': methodNotAllowed() },
    },
  });
}

const description = `
The directory of a group of dental practices: organizations, their clinics, their providers, and which provider works
at which clinic.

**Credentials** are API keys, or tokens that are issued for them. Each has a role, and a role has scopes:
\`x-required-scope\` of an operation is the one that it needs, and \`x-platform-only\` tells whether only principals of the
platform may call it. All others see and write their own organization alone; another one's records answer like unknown ones.

**Limits.** The requests of an organization, and of a key, may be limited: \`RateLimit\` says what is left, and 429 comes with
\`Retry-After\`.

**Records** are bare objects with an \`id\` and a \`version\`. The version is also their ETag: send it as \`If-Match\`
with a change, and as \`If-None-Match\` with a read. Removing is archiving; an archived record comes back by setting its
status.

**Repeating.** A POST with an \`Idempotency-Key\` can be sent again when its answer was lost: within 24 hours it gets the same
answer, with \`Idempotent-Replayed\`, and nothing is done twice. All other methods can be repeated as they are.

**Caching.** Reads carry an \`ETag\`: send it as \`If-None-Match\` and get a 304 while the answer is the same. \`X-Cache\` says
whether the service had to ask its database. A cached answer is as current as the database, or marked \`STALE\`.

**Lists** come in pages. \`page.nextCursor\` and \`page.previousCursor\` lead on at the same cost at any depth, and so do
the \`Link\` headers. Unknown parameters and body fields are errors.

**HEAD** answers whatever GET answers, without the body. A path without the method of the request answers 405 with \`Allow\`.

**Errors** are problems (RFC 9457), \`application/problem+json\`:

| type | status | title |
| --- | --- | --- |
${problemNames.map((name) => `| [${name}](${problemType(name)}) | ${PROBLEMS[name].status} | ${PROBLEMS[name].title} |`).join('\n')}
`.trim();
