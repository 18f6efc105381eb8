import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { json } from '../../../common/openapi/bodies.js';
import { guarded } from '../../../common/openapi/guarded.js';
import { headers } from '../../../common/openapi/headers.js';
import { parameter } from '../../../common/openapi/parameters.js';
import type { TrendsReport } from '../../performance/trends/trends.service.js';
import { trendsQuery } from '../../performance/trends/trends-query.js';
import { processIdentity } from './process.js';

const figure = z.number().min(0).nullable();
const share = z.number().min(0).max(1).nullable();

const trends = z
  .strictObject({
    speaksFor: z
      .enum(['all processes', 'this process'])
      .describe('`this process` while Redis is away: what it knows itself, an hour at most.'),
    process: processIdentity.optional(),
    window: trendsQuery.shape.window.unwrap(),
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    stepSeconds: z.int().min(60),
    points: z.array(
      z
        .strictObject({
          at: z.iso.datetime().describe('When it begins.'),
          processes: z.int().min(0).describe('How many have told of it, at most at once.'),
          requestsPerSecond: figure,
          errorShare: share.describe('Answers 5xx.'),
          p50Ms: figure,
          p95Ms: figure,
          p99Ms: figure,
          queriesPerSecond: figure,
          slowQueryShare: share,
          hitShare: share,
          poolInUse: figure.describe('The most at once, of all processes together.'),
          eventLoopDelayP99Ms: figure.describe('Of the process that was the latest.'),
          rssBytes: figure.describe('Of all processes together.'),
          openBreakers: figure.describe('The most of one process.'),
          firingAlerts: figure.describe('The most of one process.'),
        })
        .meta({ id: 'TrendPoint', description: 'What is not known is null.' }),
    ),
  })
  .meta({ id: 'Trends', description: 'What all processes did, by minute.' });

const example: TrendsReport = {
  speaksFor: 'all processes',
  window: '15m',
  from: '2026-11-21T09:15:00.000Z',
  to: '2026-11-21T09:30:00.000Z',
  stepSeconds: 60,
  points: [
    {
      at: '2026-11-21T09:15:00.000Z',
      processes: 2,
      requestsPerSecond: 257.1,
      errorShare: 0.0001,
      p50Ms: 0.9,
      p95Ms: 6.3,
      p99Ms: 21.4,
      queriesPerSecond: 31.6,
      slowQueryShare: 0.004,
      hitShare: 0.962,
      poolInUse: 9,
      eventLoopDelayP99Ms: 4.2,
      rssBytes: 364_904_448,
      openBreakers: 0,
      firingAlerts: 0,
    },
  ],
};

/** What was, minute by minute. */
export const trendsPaths = {
  '/api/v1/performance/metrics/trends': {
    parameters: [parameter('CorrelationId')],
    get: guarded(
      { scope: 'ops:read', platform: true },
      {
        operationId: 'getTrends',
        tags: ['Service'],
        summary: 'What all processes did in the last 24 hours, by minute',
        requestParams: { query: trendsQuery },
        answers: {
          200: {
            description: 'The window up to the last whole minute.',
            headers: headers('Vary', 'Content-Encoding'),
            content: json(trends, example),
          },
        },
        problems: [],
      },
    ),
  },
} satisfies ZodOpenApiPathsObject;
