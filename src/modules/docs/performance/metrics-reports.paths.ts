import type { z } from 'zod';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi';
import { WINDOWS } from '../../../common/observability/windows.js';
import { json } from '../../../common/openapi/bodies.js';
import { guarded } from '../../../common/openapi/guarded.js';
import { headers } from '../../../common/openapi/headers.js';
import { parameter } from '../../../common/openapi/parameters.js';
import type { QueryFigures, RequestFigures } from '../../performance/reports/metrics-figures.js';
import type { PoolReport, QueryReport, RequestReport } from '../../performance/reports/metrics-reports.service.js';
import { poolReport, queryReport, requestReport } from './metrics-reports.schemas.js';
import { exampleProcess } from './process.js';

const exampleDurations = {
  meanMs: 4.2,
  minMs: 0.1,
  p50Ms: 2.9,
  p90Ms: 8.1,
  p95Ms: 11.7,
  p99Ms: 31.4,
  maxMs: 52.8,
  totalMs: 5208,
};

const exampleRequests: RequestFigures = {
  count: 1240,
  ratePerSecond: 19.375,
  errors: 0,
  refused: 20,
  statuses: { 200: 1100, 304: 120, 404: 20 },
  durations: exampleDurations,
  queriesPerRequest: 0.112,
  bytes: 1_843_200,
  hits: 1101,
  hitShare: 0.888,
};

const exampleQueries: QueryFigures = {
  count: 138,
  ratePerSecond: 2.156,
  slow: 1,
  failed: 0,
  durations: exampleDurations,
};

const exampleSpoken = { process: exampleProcess, speaksFor: 'this process', window: '60s', seconds: 64 } as const;

const exampleRequestReport: RequestReport = {
  ...exampleSpoken,
  total: exampleRequests,
  routes: [{ method: 'GET', route: '/api/v1/clinics/{id}', ...exampleRequests }],
};

const exampleQueryReport: QueryReport = {
  ...exampleSpoken,
  slowMs: 100,
  total: exampleQueries,
  shapes: [
    {
      shape: 'find clinics {_id: ?, organizationId: ?}',
      collection: 'clinics',
      kind: 'find',
      by: ['GET /api/v1/clinics/{id}'],
      lastSeen: '2026-11-21T09:29:58.123Z',
      ...exampleQueries,
    },
  ],
};

const examplePoolReport: PoolReport = {
  process: exampleProcess,
  speaksFor: 'this process',
  mongodb: {
    pool: { size: 12, max: 50, available: 9, inUse: 3, waiting: 0 },
    operations: { limit: 46, running: 3, waiting: 0, refused: 0 },
    writes: { limit: 23, running: 1, waiting: 0, refused: 0 },
  },
  redis: { status: 'ready' },
  http: { open: 120, max: 10_000 },
};

const window: NonNullable<ZodOpenApiOperationObject['parameters']>[number] = {
  name: 'window',
  in: 'query',
  description: 'The time that the figures speak of: the last minute, 5 minutes or hour, or all since the start.',
  schema: { type: 'string', enum: [...WINDOWS], default: '60s' },
};

const report = (operation: {
  readonly operationId: string;
  readonly summary: string;
  readonly windows: boolean;
  readonly schema: z.ZodType;
  readonly example: unknown;
}) => ({
  parameters: [parameter('CorrelationId')],
  get: guarded(
    { scope: 'ops:read', platform: true },
    {
      operationId: operation.operationId,
      tags: ['Service'],
      summary: operation.summary,
      parameters: operation.windows ? [window] : [],
      answers: {
        200: {
          description: 'What it has measured.',
          headers: headers('Vary', 'Content-Encoding'),
          content: json(operation.schema, operation.example),
        },
      },
      problems: [],
    },
  ),
});

/** What a process has measured of its requests, its queries and its connections. */
export const metricsReportsPaths = {
  '/api/v1/performance/metrics/summary': report({
    operationId: 'getRequestReport',
    summary: 'How the requests to the process that answers fare, in all and by route',
    windows: true,
    schema: requestReport,
    example: exampleRequestReport,
  }),
  '/api/v1/performance/metrics/queries': report({
    operationId: 'getQueryReport',
    summary: 'How the queries of the process that answers fare, in all and by shape',
    windows: true,
    schema: queryReport,
    example: exampleQueryReport,
  }),
  '/api/v1/performance/metrics/pool': report({
    operationId: 'getPoolReport',
    summary: 'The connections of the process that answers',
    windows: false,
    schema: poolReport,
    example: examplePoolReport,
  }),
} satisfies ZodOpenApiPathsObject;
