import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { json, requestBody } from '../../../common/openapi/bodies.js';
import { guarded } from '../../../common/openapi/guarded.js';
import { headers } from '../../../common/openapi/headers.js';
import { parameter } from '../../../common/openapi/parameters.js';
import { WITH_BODY } from '../../../common/openapi/problem-sets.js';
import { clearBody, warmBody } from '../../performance/cache/cache.bodies.js';
import type { CacheReport } from '../../performance/cache/cache.service.js';
import { exampleProcess, processIdentity } from './process.js';

const count = z.int().min(0);
const ms = z.number().min(0);
const tags = ['Performance'];

const report = z
  .strictObject({
    process: processIdentity,
    state: z.enum(['off', 'warming', 'warm']).describe('`warm` once it has taken what the others serve most.'),
    resources: z
      .record(
        z.string(),
        z.strictObject({
          hits: count,
          misses: count,
          stale: count.describe('Misses that found an entry which a write or its age had voided.'),
          bypasses: count.describe('Reads past the cache: asked for, during a write, or without Redis.'),
          loads: count,
          loadMeanMs: ms,
          loadP95Ms: ms,
          hitRate: z.number().min(0).max(1),
        }),
      )
      .describe('By what is cached, such as `clinics` (records), `clinics:list` (pages) and `clinics:count`.'),
    memory: z.strictObject({ bytes: count, mostBytes: count, entries: count }),
    redisBytes: count.optional().describe('What Redis uses in all; absent when it cannot be asked.'),
    coherence: z
      .strictObject({ samples: count, violations: count })
      .describe('Writes that were read back after their acknowledgement; a violation is an alarm.'),
    degraded: count.describe('Answers that were the last known ones, as the database was away.'),
    hottest: z
      .array(z.strictObject({ key: z.string(), hits: count, bytes: count }))
      .describe(
        "What the process serves most; a key is whose view it is (an organization's id, or `platform`) and a URL.",
      ),
  })
  .meta({ id: 'CacheStats', description: 'What the cache of a process has done since its start.' });

const example: CacheReport = {
  process: exampleProcess,
  state: 'warm',
  resources: {
    clinics: { hits: 90, misses: 9, stale: 2, bypasses: 1, loads: 10, loadMeanMs: 2.1, loadP95Ms: 4.8, hitRate: 0.9 },
  },
  memory: { bytes: 1_048_576, mostBytes: 67_108_864, entries: 412 },
  redisBytes: 2_097_152,
  coherence: { samples: 12, violations: 0 },
  degraded: 0,
  hottest: [{ key: '665f1c2ab7e4d1f0a1b2c3d4 /api/v1/clinics?limit=20', hits: 41, bytes: 5120 }],
};

const warmed = z
  .strictObject({
    warmed: count.describe('Answers that are in the cache now.'),
    failed: count.describe('Those that could not be loaded.'),
  })
  .meta({ id: 'CacheWarmed' });

/** What operators see of the cache, and do to it. */
export const cachePaths = {
  '/api/v1/performance/cache/stats': {
    parameters: [parameter('CorrelationId')],
    get: guarded(
      { scope: 'ops:read', platform: true },
      {
        operationId: 'getCacheStats',
        tags,
        summary: 'What the cache of the process that answers has done',
        answers: {
          200: {
            description: 'By resource, and what is served most.',
            headers: headers('Vary', 'Content-Encoding'),
            content: json(report, example),
          },
        },
        problems: [],
      },
    ),
  },
  '/api/v1/performance/cache/clear': {
    parameters: [parameter('CorrelationId')],
    post: guarded(
      { scope: 'ops:write', platform: true },
      {
        operationId: 'clearCache',
        tags,
        summary: 'Have all processes load anew',
        description: 'Never needed for answers to be right; for writes that went past the service, and for trials.',
        requestBody: requestBody({ 'application/json': clearBody }, { resource: 'clinics' }),
        answers: { 204: { description: 'Done, in all processes.', headers: headers() } },
        problems: [...WITH_BODY],
      },
    ),
  },
  '/api/v1/performance/cache/warm': {
    parameters: [parameter('CorrelationId')],
    post: guarded(
      { scope: 'ops:write', platform: true },
      {
        operationId: 'warmCache',
        tags,
        summary: 'Load what is asked for most',
        description:
          'Asks for what all processes have served most lately, as those who ask for it see it. Nobody waits for what is loaded already.',
        requestBody: requestBody({ 'application/json': warmBody }, { most: 100 }),
        answers: {
          200: {
            description: 'How much of it is in the cache now.',
            headers: headers('Vary'),
            content: json(warmed, { warmed: 97, failed: 3 }),
          },
        },
        problems: [...WITH_BODY],
      },
    ),
  },
} satisfies ZodOpenApiPathsObject;
