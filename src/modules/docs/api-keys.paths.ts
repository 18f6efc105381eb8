import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { bodyExample, json, requestBody } from '../../common/openapi/bodies.js';
import { guarded, guardedPost } from '../../common/openapi/guarded.js';
import { headers, revalidated } from '../../common/openapi/headers.js';
import { idParameter, parameter, REVALIDATING } from '../../common/openapi/parameters.js';
import { WITH_BODY, WITH_ID } from '../../common/openapi/problem-sets.js';
import { listOperation } from '../../common/openapi/resource-paths.js';
import { resourceSchemas } from '../../common/openapi/resource-schemas.js';
import { apiKeysResource, rotationBody } from '../auth/api-keys.resource.js';

const schemas = resourceSchemas(apiKeysResource);
const access = { scope: 'keys:manage' } as const;
const tags = ['Keys'];
const { example } = apiKeysResource;

const madeKey = schemas.record
  .extend({ key: z.string().describe('The key itself. Keep it: the service does not, and never shows it again.') })
  .meta({ id: 'MadeKey', description: 'A key that was just made.' });

const made = {
  201: {
    description: 'The new key, which is shown this once.',
    headers: headers('ETag', 'Content-Encoding', 'Location'),
    content: json(madeKey, { ...example, key: `${example['prefix']}_6Yk3vSgqQkB1uA0xv0bXo1bXr2t4b8zq0aH5m7cN9dE` }),
  },
};

/** The keys that applications sign in with. */
export const apiKeyPaths = {
  '/api/v1/auth/keys': {
    parameters: [parameter('CorrelationId')],
    get: listOperation({ resource: apiKeysResource, schemas, access: { list: access } }),
    post: guardedPost(access, {
      operationId: 'createKey',
      tags,
      summary: 'Make a key',
      description:
        "An organization's admin makes keys of its own organization; the platform's admin of any (`organizationId`) and of the platform (null).",
      requestBody: requestBody(
        { 'application/json': schemas.body },
        bodyExample(apiKeysResource, apiKeysResource.body),
      ),
      answers: made,
      problems: [...WITH_BODY, 'reference-not-live', 'write-conflict'],
    }),
  },
  '/api/v1/auth/keys/{id}': {
    parameters: [idParameter('key', example['id']), parameter('CorrelationId')],
    get: guarded(access, {
      operationId: 'getKey',
      tags,
      summary: 'Get what is known of a key',
      parameters: [...REVALIDATING],
      answers: revalidated({ description: 'All but the key itself.', content: json(schemas.record, example) }),
      problems: WITH_ID,
    }),
    delete: guarded(access, {
      operationId: 'revokeKey',
      tags,
      summary: 'Revoke a key',
      description:
        'The key, and the tokens that were issued for it, stop on every process within a second. A body is not needed; one that is sent must be JSON all the same, and is ignored.',
      answers: { 204: { description: 'Done, or it was so already.', headers: headers() } },
      problems: [...WITH_ID, ...WITH_BODY, 'write-conflict', 'outcome-unknown'],
    }),
  },
  '/api/v1/auth/keys/{id}/rotate': {
    parameters: [idParameter('key', example['id']), parameter('CorrelationId')],
    post: guardedPost(access, {
      operationId: 'rotateKey',
      tags,
      summary: 'Make a key that takes the place of another',
      description:
        'The new key has the name, the role and the organization of the old one, and no expiry. The old one goes on for the overlap, so that nobody is locked out in between. A revoked or expired key is not rotated.',
      requestBody: {
        ...requestBody({ 'application/json': rotationBody.meta({ id: 'KeyRotation' }) }, { overlapSeconds: 3600 }),
        required: false,
      },
      answers: made,
      problems: [...WITH_ID, ...WITH_BODY, 'archived', 'reference-not-live', 'write-conflict'],
    }),
  },
} satisfies ZodOpenApiPathsObject;
