import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { VERDICTS } from '../../../common/database/query-plan.js';
import { WINDOWS } from '../../../common/observability/windows.js';
import { json, requestBody } from '../../../common/openapi/bodies.js';
import { guarded } from '../../../common/openapi/guarded.js';
import { headers } from '../../../common/openapi/headers.js';
import { parameter } from '../../../common/openapi/parameters.js';
import { WITH_BODY } from '../../../common/openapi/problem-sets.js';
import {
  explainBody,
  type PlanReport,
  type RouteExplanation,
  type SlowQueriesReport,
} from '../../performance/queries/query-reports.js';
import { exampleProcess, processIdentity } from './process.js';

const access = { scope: 'ops:read', platform: true } as const;
const tags = ['Performance'];
const count = z.int().min(0);
const figure = z.number().min(0);
const examined = count.nullable();

const shape = {
  shape: z.string().describe('The query without a value: what all that differ in values alone have in common.'),
  collection: z.string(),
  kind: z.string().describe('The command of MongoDB, such as `find`.'),
};

const verdict = z.enum(VERDICTS);

const plan = z
  .strictObject({
    at: z.iso.datetime().describe('When it was explained.'),
    verdict,
    stages: z.array(z.string()).describe('From the outside in.'),
    indexes: z.array(
      z.strictObject({ name: z.string(), keys: z.record(z.string(), z.union([z.number(), z.string()])) }),
    ),
    keysExamined: examined.describe('null where it was planned only, as writes are; so with the others.'),
    docsExamined: examined,
    returned: examined.describe('Documents that were found, before they were counted or grouped.'),
    examinedPerReturned: figure
      .nullable()
      .describe('Of keys and documents those that are more. 1 is as good as it gets.'),
  })
  .meta({ id: 'QueryPlan', description: 'What MongoDB does for a query. No value of the query is in it.' });

const planError = z.string().nullable().describe('Why there is no plan, where there is none.');

const examplePlan: PlanReport = {
  at: '2026-11-21T09:30:00.000Z',
  verdict: 'index-served',
  stages: ['LIMIT', 'FETCH', 'IXSCAN'],
  indexes: [{ name: 'organizationId_1_createdAt_-1__id_-1', keys: { organizationId: 1, createdAt: -1, _id: -1 } }],
  keysExamined: 21,
  docsExamined: 21,
  returned: 21,
  examinedPerReturned: 1,
};

const slowQueries = z
  .strictObject({
    process: processIdentity,
    speaksFor: z.literal('this process'),
    window: z.enum(WINDOWS),
    seconds: figure.describe('How long the window is at the moment.'),
    slowMs: figure.describe('What takes longer is slow (SLOW_QUERY_MS).'),
    queries: z
      .array(
        z.strictObject({
          ...shape,
          ...{ count, slow: count, failed: count },
          ...{ totalMs: figure, meanMs: figure, p95Ms: figure, maxMs: figure },
          lastSeen: z.iso.datetime(),
          plan: plan.nullable(),
          planError,
          latest: z
            .array(
              z.strictObject({
                at: z.iso.datetime(),
                ms: figure,
                correlationId: z.string().nullable().describe('Finds the request in the logs.'),
                by: z.string().nullable(),
              }),
            )
            .describe('The latest slow ones, the last first.'),
          routes: z
            .array(
              z.strictObject({
                route: z.string(),
                documentation: z.string().nullable().describe('Where the documentation shows it.'),
                explain: explainBody
                  .pick({ route: true })
                  .extend({ parameters: z.record(z.string(), z.string()) })
                  .meta({ id: 'QueryExplainProposal', description: 'What to send to `/queries/explain`.' })
                  .nullable()
                  .describe(
                    'What to send to `/queries/explain`, with values of the documentation; null where the route does not only read the directory.',
                  ),
              }),
            )
            .describe('Whose query it is.'),
          work: z.array(z.string()).describe("Work of the service's own that has sent it."),
        }),
      )
      .describe('First what took the most time in all.'),
  })
  .meta({ id: 'SlowQueries', description: 'The queries of a process that were slow, by shape.' });

const clinics = 'GET /api/v1/clinics';
const exampleQuery = {
  shape: 'find clinics {organizationId: ?} sort {createdAt: -1, _id: -1}',
  collection: 'clinics',
  kind: 'find',
};

const slowExample: SlowQueriesReport = {
  process: exampleProcess,
  speaksFor: 'this process',
  window: '1h',
  seconds: 3600,
  slowMs: 100,
  queries: [
    {
      ...exampleQuery,
      ...{ count: 5120, slow: 3, failed: 0, totalMs: 9216, meanMs: 1.8, p95Ms: 4.1, maxMs: 231.4 },
      lastSeen: '2026-11-21T09:59:58.120Z',
      plan: examplePlan,
      planError: null,
      latest: [
        {
          at: '2026-11-21T09:41:07.310Z',
          ms: 231.4,
          correlationId: '0f8b3c52-6f0e-4d0a-9b8e-2f6f5f6f0c1d',
          by: clinics,
        },
      ],
      routes: [
        {
          route: clinics,
          documentation: '/api/docs#/Clinics/listClinics',
          explain: { route: clinics, parameters: { organizationId: '665f1c2ab7e4d1f0a1b2c3d4', sort: '-createdAt' } },
        },
      ],
      work: [],
    },
  ],
};

const explanation = z
  .strictObject({
    route: z.string(),
    status: z.int().describe('What the route has answered. Of its answer nothing else is told.'),
    as: z.enum(['a reader of the platform', 'a viewer of the organization']),
    queries: z
      .array(
        z.strictObject({
          ...shape,
          ms: figure.nullable().describe('How long it took; null for what is read within the query before it.'),
          verdict: z.enum([...VERDICTS, 'unknown']),
          plan: plan.nullable(),
          planError,
          advice: z.string(),
          createIndex: z.string().nullable().describe('A line for mongosh; null where no index would help.'),
        }),
      )
      .describe('In the order in which they were sent.'),
  })
  .meta({ id: 'RouteExplanation', description: 'What a route asks of MongoDB, and how that is done.' });

const explanationExample: RouteExplanation = {
  route: clinics,
  status: 200,
  as: 'a viewer of the organization',
  queries: [
    {
      ...exampleQuery,
      ms: 1.2,
      verdict: 'index-served',
      plan: examplePlan,
      planError: null,
      advice: 'An index finds what is wanted and little else.',
      createIndex: null,
    },
  ],
};

/** What operators see of the queries that the service sends. */
export const queriesPaths = {
  '/api/v1/performance/queries/slow': {
    parameters: [parameter('CorrelationId')],
    get: guarded(access, {
      operationId: 'listSlowQueries',
      tags,
      summary: 'Which queries of the process that answers were slow, and why',
      requestParams: {
        query: z.strictObject({
          window: z
            .enum(WINDOWS)
            .default('1h')
            .meta({ description: 'The time to look back; `start`: all since the start.', examples: ['5m'] }),
        }),
      },
      answers: {
        200: {
          description: 'By shape, with the plan and whose they are.',
          headers: headers('Vary', 'Content-Encoding'),
          content: json(slowQueries, slowExample),
        },
      },
      problems: [],
    }),
  },
  '/api/v1/performance/queries/explain': {
    parameters: [parameter('CorrelationId')],
    post: guarded(access, {
      operationId: 'explainRoute',
      tags,
      summary: 'Explain what a route asks of MongoDB',
      description:
        'Runs the route as the API does, past the cache, and has MongoDB explain each of its queries, which carries them out once more. It changes nothing, spends nobody’s quota, and tells nothing of the records.',
      requestBody: requestBody(
        { 'application/json': explainBody },
        { route: clinics, parameters: { sort: '-createdAt', limit: 20 }, organizationId: '665f1c2ab7e4d1f0a1b2c3d4' },
      ),
      answers: {
        200: {
          description: 'Each query with its plan.',
          headers: headers('Vary', 'Content-Encoding'),
          content: json(explanation, explanationExample),
        },
      },
      problems: [...WITH_BODY],
    }),
  },
} satisfies ZodOpenApiPathsObject;
