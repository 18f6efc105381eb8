import { z } from 'zod';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi';
import { listQuerySchema, recordQuerySchema } from '../lists/list-query.js';
import { servedShapes } from '../lists/list-shapes.js';
import type { ProblemName } from '../problems/problems.js';
import type { ResourceDefinition } from '../resource/resource.js';
import { bodyExample, json, patchExample, requestBody } from './bodies.js';
import { guarded, guardedPost, type OperationAccess } from './guarded.js';
import { headers, revalidated } from './headers.js';
import { pageExample, pageOf } from './page-schema.js';
import { CACHED, idParameter, parameter, REVALIDATING } from './parameters.js';
import { LISTS, VERSIONED, WITH_BODY, WITH_ID } from './problem-sets.js';
import { queryParameters } from './query-parameters.js';
import { capitalized, pascalCase, type ResourceSchemas } from './resource-schemas.js';
import { servedTable } from './served-lists.js';

/** A resource with what its definition doesn't say of its routes. */
export interface DocumentedResource {
  readonly resource: ResourceDefinition;
  readonly schemas: ResourceSchemas;
  /** URL of its list. */
  readonly path: string;
  /** Who may do what. */
  readonly access: Readonly<Record<'list' | 'get' | 'create' | 'change' | 'remove', OperationAccess>>;
  /** Problems of its writes beside those that all writes have. */
  readonly refusals: {
    readonly create: readonly ProblemName[];
    readonly change: readonly ProblemName[];
    readonly remove: readonly ProblemName[];
  };
  /** What DELETE does: the verb of its operation id, what it says of it, and its query if it takes one. */
  readonly removal: { readonly verb: string; readonly summary: string; readonly query?: z.ZodObject };
}

/** What documents the list of a resource. */
export type ListedResource = Pick<DocumentedResource, 'resource' | 'schemas'> & {
  readonly access: Pick<DocumentedResource['access'], 'list'>;
};

/** The six operations of one resource. */
export function resourcePaths(documented: DocumentedResource): ZodOpenApiPathsObject {
  const { resource, path } = documented;
  return {
    [path]: { parameters: [parameter('CorrelationId')], get: listOperation(documented), post: create(documented) },
    [`${path}/{id}`]: {
      parameters: [idParameter(resource.singular, resource.example['id']), parameter('CorrelationId')],
      get: get(documented),
      put: replace(documented),
      patch: patch(documented),
      delete: remove(documented),
    },
  };
}

/** A list with its parameters and the combinations of them that are served. */
export function listOperation({ resource, schemas, access }: ListedResource): ZodOpenApiOperationObject {
  const taken = [...Object.keys(resource.filters), 'search'];
  const cached = resource.cache !== undefined;
  return guarded(access.list, {
    operationId: `list${pascalCase(resource.name)}`,
    tags: [capitalized(resource.name)],
    summary: `List ${resource.name}`,
    description: servedTable(servedShapes(resource), { fixed: [], taken }),
    parameters: [...(cached ? CACHED : REVALIDATING)],
    requestParams: { query: queryParameters(resource, listQuerySchema(resource)) },
    answers: revalidated(
      {
        description: `A page of ${resource.name}.`,
        content: json(
          pageOf(`${pascalCase(resource.singular)}Page`, z.union([schemas.record, schemas.selected])),
          pageExample(resource.example),
        ),
      },
      ...(['Link', ...(cached ? (['X-Cache', 'Age'] as const) : [])] as const),
    ),
    absenceCached: cached,
    // An organization's principal may not name another one.
    problems: [...LISTS, ...(!access.list.platform && 'organizationId' in resource.filters ? WITH_ID : [])],
  });
}

function create({ resource, schemas, access, refusals }: DocumentedResource): ZodOpenApiOperationObject {
  return guardedPost(access.create, {
    operationId: `create${pascalCase(resource.singular)}`,
    tags: [capitalized(resource.name)],
    summary: `Make ${article(resource.singular)}`,
    requestBody: requestBody({ 'application/json': schemas.body }, bodyExample(resource, resource.body)),
    answers: {
      201: {
        description: `The ${resource.singular} that was made.`,
        headers: headers('ETag', 'Content-Encoding', 'Location'),
        content: json(schemas.record, resource.example),
      },
    },
    problems: [...WITH_BODY, ...refusals.create],
  });
}

function get({ resource, schemas, access }: DocumentedResource): ZodOpenApiOperationObject {
  return guarded(access.get, {
    operationId: `get${pascalCase(resource.singular)}`,
    tags: [capitalized(resource.name)],
    summary: `Get ${article(resource.singular)}`,
    parameters: [...CACHED],
    requestParams: { query: queryParameters(resource, recordQuerySchema(resource)) },
    answers: revalidated(
      {
        description: `The ${resource.singular}, or the fields of it that were asked for.`,
        content: json(z.union([schemas.record, schemas.selected]), resource.example),
      },
      'X-Cache',
      'Age',
    ),
    absenceCached: true,
    problems: [...WITH_ID],
  });
}

function replace({ resource, schemas, access, refusals }: DocumentedResource): ZodOpenApiOperationObject {
  return guarded(access.change, {
    operationId: `replace${pascalCase(resource.singular)}`,
    tags: [capitalized(resource.name)],
    summary: `Replace ${article(resource.singular)}`,
    description: `The body is the whole ${resource.singular}: what it leaves out is removed or becomes the default.${unchanging(resource)}`,
    parameters: [parameter('IfMatch')],
    requestBody: requestBody({ 'application/json': schemas.replacement }, bodyExample(resource, resource.replacement)),
    answers: changed({ resource, schemas }),
    problems: [...WITH_ID, ...WITH_BODY, ...VERSIONED, ...refusals.change],
  });
}

function patch({ resource, schemas, access, refusals }: DocumentedResource): ZodOpenApiOperationObject {
  return guarded(access.change, {
    operationId: `patch${pascalCase(resource.singular)}`,
    tags: [capitalized(resource.name)],
    summary: `Change some of ${article(resource.singular)}`,
    description: `A JSON merge patch (RFC 7396): null removes a member, an object merges, anything else replaces. What it leads to must be a valid ${resource.singular}.${unchanging(resource)}`,
    parameters: [parameter('IfMatch')],
    requestBody: requestBody(
      { 'application/merge-patch+json': schemas.patch, 'application/json': schemas.patch },
      patchExample(resource),
    ),
    answers: changed({ resource, schemas }),
    problems: [...WITH_ID, ...WITH_BODY, ...VERSIONED, ...refusals.change],
  });
}

const changed = ({ resource, schemas }: Pick<DocumentedResource, 'resource' | 'schemas'>) => ({
  200: {
    description: `The ${resource.singular} as it is now.`,
    headers: headers('ETag', 'Content-Encoding'),
    content: json(schemas.record, resource.example),
  },
});

function remove({ resource, access, refusals, removal }: DocumentedResource): ZodOpenApiOperationObject {
  return guarded(access.remove, {
    operationId: `${removal.verb}${pascalCase(resource.singular)}`,
    tags: [capitalized(resource.name)],
    summary: removal.summary,
    description: 'A body is not needed; one that is sent must be JSON all the same, and is ignored.',
    parameters: [parameter('IfMatch')],
    ...(removal.query && { requestParams: { query: queryParameters(resource, removal.query) } }),
    answers: {
      204: { description: 'Done, or it was so already.', headers: headers() },
    },
    problems: [...WITH_ID, ...WITH_BODY, ...VERSIONED, ...refusals.remove],
  });
}

function unchanging({ immutable }: ResourceDefinition): string {
  if (immutable.length === 0) return '';
  return ` ${immutable.map((field) => `\`${field}\``).join(', ')} never change and may be left out.`;
}

const article = (noun: string): string => `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`;
