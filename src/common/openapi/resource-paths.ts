import { z } from 'zod';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi';
import type { ProblemName } from '../http/problems.js';
import { listQuerySchema, recordQuerySchema } from '../resource/list-query.js';
import { servedShapes } from '../resource/list-shapes.js';
import type { ResourceDefinition } from '../resource/resource.js';
import { bodyExample, json, patchExample, requestBody } from './bodies.js';
import { headers } from './headers.js';
import { pageExample, pageOf } from './page-schema.js';
import { idParameter, parameter } from './parameters.js';
import { problemResponses } from './problem-responses.js';
import { ALWAYS, LISTS, WITH_BODY, WITH_ID } from './problem-sets.js';
import { queryParameters } from './query-parameters.js';
import { capitalized, type ResourceSchemas } from './resource-schemas.js';
import { servedTable } from './served-lists.js';

/** A resource with what its definition doesn't say of its routes. */
export interface DocumentedResource {
  readonly resource: ResourceDefinition;
  readonly schemas: ResourceSchemas;
  /** URL of its list. */
  readonly path: string;
  /** Problems of its writes beside those that all writes have. */
  readonly refusals: {
    readonly create: readonly ProblemName[];
    readonly change: readonly ProblemName[];
    readonly remove: readonly ProblemName[];
  };
  /** What DELETE does: the verb of its operation id, what it says of it, and its query if it takes one. */
  readonly removal: { readonly verb: string; readonly summary: string; readonly query?: z.ZodObject };
}

/** The six operations of one resource. */
export function resourcePaths(documented: DocumentedResource): ZodOpenApiPathsObject {
  const { resource, path } = documented;
  return {
    [path]: { parameters: [parameter('CorrelationId')], get: list(documented), post: create(documented) },
    [`${path}/{id}`]: {
      parameters: [idParameter(resource.singular, resource.example['id']), parameter('CorrelationId')],
      get: get(documented),
      put: replace(documented),
      patch: patch(documented),
      delete: remove(documented),
    },
  };
}

function list({ resource, schemas }: DocumentedResource): ZodOpenApiOperationObject {
  const taken = [...Object.keys(resource.filters), 'search'];
  return {
    operationId: `list${capitalized(resource.name)}`,
    tags: [capitalized(resource.name)],
    summary: `List ${resource.name}`,
    description: servedTable(servedShapes(resource), { fixed: [], taken }),
    requestParams: { query: queryParameters(resource, listQuerySchema(resource)) },
    responses: {
      200: {
        description: `A page of ${resource.name}.`,
        headers: headers('Vary', 'Link'),
        content: json(
          pageOf(`${capitalized(resource.singular)}Page`, z.union([schemas.record, schemas.selected])),
          pageExample(resource.example),
        ),
      },
      ...problemResponses(LISTS),
    },
  };
}

function create({ resource, schemas, refusals }: DocumentedResource): ZodOpenApiOperationObject {
  return {
    operationId: `create${capitalized(resource.singular)}`,
    tags: [capitalized(resource.name)],
    summary: `Make ${article(resource.singular)}`,
    requestBody: requestBody({ 'application/json': schemas.body }, bodyExample(resource, resource.body)),
    responses: {
      201: {
        description: `The ${resource.singular} that was made.`,
        headers: headers('ETag', 'Location'),
        content: json(schemas.record, resource.example),
      },
      ...problemResponses([...ALWAYS, ...WITH_BODY, ...refusals.create]),
    },
  };
}

function get({ resource, schemas }: DocumentedResource): ZodOpenApiOperationObject {
  return {
    operationId: `get${capitalized(resource.singular)}`,
    tags: [capitalized(resource.name)],
    summary: `Get ${article(resource.singular)}`,
    parameters: [parameter('IfNoneMatch')],
    requestParams: { query: queryParameters(resource, recordQuerySchema(resource)) },
    responses: {
      200: {
        description: `The ${resource.singular}, or the fields of it that were asked for.`,
        headers: headers('Vary', 'ETag'),
        content: json(z.union([schemas.record, schemas.selected]), resource.example),
      },
      304: { description: 'The client has the current version.', headers: headers('Vary', 'ETag') },
      ...problemResponses([...ALWAYS, ...WITH_ID]),
    },
  };
}

function replace({ resource, schemas, refusals }: DocumentedResource): ZodOpenApiOperationObject {
  return {
    operationId: `replace${capitalized(resource.singular)}`,
    tags: [capitalized(resource.name)],
    summary: `Replace ${article(resource.singular)}`,
    description: `The body is the whole ${resource.singular}: what it leaves out is removed or becomes the default.${unchanging(resource)}`,
    parameters: [parameter('IfMatch')],
    requestBody: requestBody({ 'application/json': schemas.replacement }, bodyExample(resource, resource.replacement)),
    responses: changed({ resource, schemas, refusals }),
  };
}

function patch({ resource, schemas, refusals }: DocumentedResource): ZodOpenApiOperationObject {
  return {
    operationId: `patch${capitalized(resource.singular)}`,
    tags: [capitalized(resource.name)],
    summary: `Change some of ${article(resource.singular)}`,
    description: `A JSON merge patch (RFC 7396): null removes a member, an object merges, anything else replaces. What it leads to must be a valid ${resource.singular}.${unchanging(resource)}`,
    parameters: [parameter('IfMatch')],
    requestBody: requestBody(
      { 'application/merge-patch+json': schemas.patch, 'application/json': schemas.patch },
      patchExample(resource),
    ),
    responses: changed({ resource, schemas, refusals }),
  };
}

const changed = ({ resource, schemas, refusals }: Pick<DocumentedResource, 'resource' | 'schemas' | 'refusals'>) => ({
  200: {
    description: `The ${resource.singular} as it is now.`,
    headers: headers('ETag'),
    content: json(schemas.record, resource.example),
  },
  ...problemResponses([...ALWAYS, ...WITH_ID, ...WITH_BODY, ...VERSIONED, ...refusals.change]),
});

function remove({ resource, refusals, removal }: DocumentedResource): ZodOpenApiOperationObject {
  return {
    operationId: `${removal.verb}${capitalized(resource.singular)}`,
    tags: [capitalized(resource.name)],
    summary: removal.summary,
    description: 'A body is not needed; one that is sent must be JSON all the same, and is ignored.',
    parameters: [parameter('IfMatch')],
    ...(removal.query && { requestParams: { query: queryParameters(resource, removal.query) } }),
    responses: {
      204: { description: 'Done, or it was so already.', headers: headers() },
      ...problemResponses([...ALWAYS, ...WITH_ID, ...WITH_BODY, ...VERSIONED, ...refusals.remove]),
    },
  };
}

const VERSIONED = ['precondition-failed', 'precondition-required', 'write-conflict'] as const;

function unchanging({ immutable }: ResourceDefinition): string {
  if (immutable.length === 0) return '';
  return ` ${immutable.map((field) => `\`${field}\``).join(', ')} never change and may be left out.`;
}

const article = (noun: string): string => `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`;
