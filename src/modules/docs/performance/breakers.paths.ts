import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { json } from '../../common/openapi/bodies.js';
import { guarded } from '../../common/openapi/guarded.js';
import { headers } from '../../common/openapi/headers.js';
import { parameter } from '../../common/openapi/parameters.js';
import type { ResilienceReport } from '../performance/resilience.service.js';

const count = z.int().min(0);

const report = z
  .strictObject({
    breakers: z.array(
      z.strictObject({
        dependency: z.string(),
        state: z.enum(['closed', 'open', 'half-open']),
        successes: count,
        failures: count,
        rejected: count.describe('Calls that were refused while it was open.'),
        opened: count.describe('How often it has opened.'),
        inFlight: count,
        cause: z.string().optional().describe('Why it opened last.'),
      }),
    ),
    database: z
      .strictObject({ limit: count, running: count, waiting: count, refused: count })
      .describe('Work at the database: how much may be done at once now, is done, waits for its turn, was refused.'),
    shedding: z
      .strictObject({ refusesAll: z.boolean(), refusedTenants: count, refused: count })
      .describe('Whom the process refuses at the moment because it is overloaded, and how many it has.'),
    stale: count.describe('Answers that were the last known ones, as the database was away.'),
  })
  .meta({ id: 'Resilience', description: 'What a process does about what it stands on.' });

const example: ResilienceReport = {
  breakers: [
    { dependency: 'mongodb', state: 'closed', successes: 4211, failures: 0, rejected: 0, opened: 0, inFlight: 3 },
    {
      dependency: 'redis',
      state: 'open',
      successes: 9120,
      failures: 5,
      rejected: 12,
      opened: 1,
      inFlight: 0,
      cause: 'no answer within 1500 ms',
    },
  ],
  database: { limit: 50, running: 3, waiting: 0, refused: 0 },
  shedding: { refusesAll: false, refusedTenants: 0, refused: 0 },
  stale: 0,
};

/** What operators see of a process. */
export const performancePaths = {
  '/api/v1/performance/resilience': {
    parameters: [parameter('CorrelationId')],
    get: guarded(
      { scope: 'ops:read', platform: true },
      {
        operationId: 'getResilience',
        tags: ['Service'],
        summary: 'What the process that answers does about what it stands on',
        answers: {
          200: {
            description: 'Its breakers, its limit at the database, whom it refuses.',
            headers: headers('Vary', 'Content-Encoding'),
            content: json(report, example),
          },
        },
        problems: [],
      },
    ),
  },
} satisfies ZodOpenApiPathsObject;
