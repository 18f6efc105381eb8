import { z } from 'zod';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi';
import { json } from '../../common/openapi/bodies.js';
import { headers } from '../../common/openapi/headers.js';
import { parameter } from '../../common/openapi/parameters.js';
import { problemNames, problemResponses } from '../../common/openapi/problem-responses.js';
import { PUBLIC } from '../../common/openapi/problem-sets.js';
import type { Readiness } from '../health/readiness.js';
import { problemKind, problemKinds } from './problem-catalogue.js';

const state = z.enum(['up', 'down']);

const readiness = z
  .strictObject({
    status: z
      .enum(['ok', 'degraded', 'unavailable'])
      .describe(
        '`degraded` without Redis; `unavailable` without MongoDB, without its indexes, and while the process starts or stops.',
      ),
    phase: z
      .enum(['starting', 'running', 'stopping'])
      .describe(
        '`starting` while it waits for MongoDB; a process that is `stopping` still answers, but wants no more.',
      ),
    mongodb: state,
    redis: state,
    indexes: z.enum(['verified', 'unverified']).describe('Whether all collections are known to have their indexes.'),
    cache: z
      .enum(['off', 'warming', 'warm'])
      .describe('`warm` once the process has taken what the others serve most; `off` with CACHE_ENABLED=false.'),
  })
  .meta({ id: 'Readiness', description: 'What the next request needs, and whether it is there.' });

const ready = {
  status: 'ok',
  phase: 'running',
  mongodb: 'up',
  redis: 'up',
  indexes: 'verified',
  cache: 'warm',
} satisfies Readiness;

const problemType = z
  .strictObject({
    type: z.string().describe('The `type` of its problems, and the URL of this.'),
    title: z.string(),
    status: z.int().min(400).max(599),
    about: z.string().describe('When it is answered, and what to do.'),
  })
  .meta({ id: 'ProblemType', description: 'A kind of problem that the API answers.' });

const example = problemKind('validation-failed');

const onlyGet = (operation: ZodOpenApiOperationObject) => ({
  parameters: [parameter('CorrelationId')],
  get: { ...operation, security: [] },
});

/** The probes and the documentation; anybody may ask for them. */
export const servicePaths = {
  '/livez': onlyGet({
    operationId: 'getLiveness',
    tags: ['Service'],
    summary: 'Whether the process runs',
    description: 'Depends on nothing else: when it fails, the process must be restarted.',
    responses: {
      200: {
        description: 'It does.',
        headers: headers('Vary'),
        content: json(z.strictObject({ status: z.literal('ok') }).meta({ id: 'Liveness' }), { status: 'ok' }),
      },
      ...problemResponses(PUBLIC),
    },
  }),
  '/readyz': onlyGet({
    operationId: 'getReadiness',
    tags: ['Service'],
    summary: 'Whether the next request can be answered',
    responses: {
      200: {
        description: 'It can.',
        headers: headers('Vary'),
        content: json(readiness, ready),
      },
      503: {
        description: 'It cannot: MongoDB or its indexes are away, or the process starts or stops.',
        headers: headers('Vary'),
        content: json(readiness, { ...ready, status: 'unavailable', mongodb: 'down' }),
      },
      ...problemResponses(PUBLIC),
    },
  }),
  '/api/v1/openapi.json': onlyGet({
    operationId: 'getOpenApi',
    tags: ['Documentation'],
    summary: 'Get this document',
    parameters: [parameter('IfNoneMatch')],
    responses: {
      200: {
        description: 'The document.',
        headers: headers('Vary', 'ETag', 'Content-Encoding'),
        content: json(
          z.looseObject({ openapi: z.string(), info: z.looseObject({ title: z.string(), version: z.string() }) }),
          { openapi: '3.1.1', info: { title: 'Enterprise Service', version: '0.1.0' }, paths: {} },
        ),
      },
      304: { description: 'The client has it.', headers: headers('Vary', 'ETag') },
      ...problemResponses(PUBLIC),
    },
  }),
  '/api/v1/problems': onlyGet({
    operationId: 'listProblems',
    tags: ['Documentation'],
    summary: 'List all problems that the API answers',
    responses: {
      200: {
        description: 'All of them.',
        headers: headers('Vary', 'Content-Encoding'),
        content: json(z.strictObject({ data: z.array(problemType) }).meta({ id: 'ProblemTypes' }), {
          data: problemKinds,
        }),
      },
      ...problemResponses(PUBLIC),
    },
  }),
  '/api/v1/problems/{name}': {
    parameters: [
      {
        name: 'name',
        in: 'path',
        required: true,
        description: "The last segment of a problem's `type`.",
        schema: { type: 'string', enum: problemNames, examples: ['not-found'] },
      },
      parameter('CorrelationId'),
    ],
    get: {
      operationId: 'getProblem',
      tags: ['Documentation'],
      summary: 'Explain a problem',
      security: [],
      responses: {
        200: { description: 'What it means.', headers: headers('Vary'), content: json(problemType, example) },
        ...problemResponses([...PUBLIC, 'not-found']),
      },
    },
  },
} satisfies ZodOpenApiPathsObject;
