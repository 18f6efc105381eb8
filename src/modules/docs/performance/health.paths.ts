import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { json } from '../../../common/openapi/bodies.js';
import { guarded } from '../../../common/openapi/guarded.js';
import { headers } from '../../../common/openapi/headers.js';
import { parameter } from '../../../common/openapi/parameters.js';
import { problemResponses } from '../../../common/openapi/problem-responses.js';
import { PUBLIC } from '../../../common/openapi/problem-sets.js';
import { SEVERITIES } from '../../performance/alerts/alerts-rules.js';
import type { HealthReport, PublicVerdict } from '../../performance/health/verdict.service.js';
import { exampleProcess, processIdentity } from './process.js';

const count = z.int().min(0);
const figure = z.number().min(0);
const share = figure.max(1);
const status = z.enum(['healthy', 'degraded', 'unhealthy']);
const since = z.iso.datetime().describe('Since when it has been so.');

const health = z
  .strictObject({
    status,
    since,
    reasons: z
      .array(
        z.strictObject({
          severity: z.enum(['degraded', 'unhealthy']),
          text: z.string(),
          link: z.string().describe('Where to look next.'),
        }),
      )
      .describe('Why it is not healthy, the worst first.'),
    process: processIdentity,
    dependencies: z.array(
      z.strictObject({
        name: z.string(),
        state: z.enum(['up', 'down']),
        breaker: z.enum(['closed', 'open', 'half-open']),
        lastChange: z.iso.datetime().describe('When the breaker came to be so.'),
      }),
    ),
    requests: z
      .strictObject({ count, perSecond: figure, errorShare: share, p50Ms: figure, p99Ms: figure })
      .describe('Of the last minute.'),
    slowQueries: z
      .strictObject({
        queries: count,
        slow: count,
        share,
        slowMs: figure.describe('A query that took longer is slow (SLOW_QUERY_MS).'),
        verdict: status
          .nullable()
          .describe('Healthy under 5 % slow ones, unhealthy over 10 %; null for fewer than 50 queries.'),
      })
      .describe('Of the last 5 minutes.'),
    pool: z
      .strictObject({ size: count, max: count, available: count, inUse: count, waiting: count })
      .describe('Connections to MongoDB, and operations that wait for one.'),
    eventLoop: z.strictObject({ delayP99Ms: figure, utilization: share }).describe('Of the last 10 s.'),
    memory: z.strictObject({ rssBytes: count, heapUsedBytes: count, heapLimitBytes: count, heapShare: figure }),
    cache: z
      .strictObject({
        state: z.enum(['off', 'warming', 'warm']),
        reads: count,
        hits: count,
        hitShare: share,
        memoryShare: figure.describe('Of CACHE_MEMORY_BYTES.'),
        violations: count.describe('Sampled reads that were older than an acknowledged write, since the start.'),
      })
      .describe('Reads of the last minute that the cache could have answered.'),
    indexes: z.strictObject({
      missing: count.describe('Declared ones that the database lacks, or has otherwise.'),
      scanningQueries: count.describe('Shapes of queries that no index serves.'),
    }),
    alerts: z
      .array(z.strictObject({ name: z.string(), severity: z.enum(SEVERITIES), since: z.iso.datetime() }))
      .describe('Those that fire.'),
  })
  .meta({ id: 'Health', description: 'How a process fares, why, and where to look next.' });

const example: HealthReport = {
  status: 'degraded',
  since: '2026-11-21T09:30:00.000Z',
  reasons: [
    {
      severity: 'degraded',
      text: '6.2 % of the queries of the last 5 minutes were slow.',
      link: '/api/v1/performance/queries/slow',
    },
  ],
  process: exampleProcess,
  dependencies: [
    { name: 'mongodb', state: 'up', breaker: 'closed', lastChange: '2026-11-21T08:00:00.000Z' },
    { name: 'redis', state: 'up', breaker: 'closed', lastChange: '2026-11-21T09:12:00.000Z' },
  ],
  requests: { count: 8214, perSecond: 128.3, errorShare: 0.0001, p50Ms: 0.9, p99Ms: 21.4 },
  slowQueries: { queries: 5020, slow: 311, share: 0.062, slowMs: 100, verdict: 'degraded' },
  pool: { size: 12, max: 50, available: 9, inUse: 3, waiting: 0 },
  eventLoop: { delayP99Ms: 4.2, utilization: 0.31 },
  memory: { rssBytes: 182_452_224, heapUsedBytes: 71_303_168, heapLimitBytes: 402_653_184, heapShare: 0.177 },
  cache: { state: 'warm', reads: 7600, hits: 7311, hitShare: 0.962, memoryShare: 0.44, violations: 0 },
  indexes: { missing: 0, scanningQueries: 0 },
  alerts: [],
};

const publicVerdict = z
  .strictObject({ status, since })
  .meta({ id: 'PublicHealth', description: 'How a process fares, without names and figures.' });

const publicExample: PublicVerdict = { status: 'healthy', since: '2026-11-21T08:00:00.000Z' };

/** How a process fares. */
export const healthPaths = {
  '/api/v1/performance/health': {
    parameters: [parameter('CorrelationId')],
    get: guarded(
      { scope: 'ops:read', platform: true },
      {
        operationId: 'getHealth',
        tags: ['Service'],
        summary: 'Whether the process that answers is healthy, degraded or unhealthy, and why',
        description:
          'From what the process knows already: it is answered at once, with 200, also when MongoDB or Redis is away.',
        answers: {
          200: {
            description: 'The verdict, with all that it stands on.',
            headers: headers('Vary', 'Content-Encoding'),
            content: json(health, example),
          },
        },
        problems: [],
      },
    ),
  },
  '/api/v1/health/performance': {
    parameters: [parameter('CorrelationId')],
    get: {
      operationId: 'getPublicHealth',
      tags: ['Service'],
      summary: 'Whether the process that answers is healthy, degraded or unhealthy',
      description: 'For anybody; at most a second old, however often it is asked for.',
      security: [],
      responses: {
        200: {
          description: 'The verdict alone.',
          headers: headers('Vary'),
          content: json(publicVerdict, publicExample),
        },
        ...problemResponses(PUBLIC),
      },
    },
  },
} satisfies ZodOpenApiPathsObject;
