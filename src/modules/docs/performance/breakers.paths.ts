import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { json } from '../../../common/openapi/bodies.js';
import { guarded } from '../../../common/openapi/guarded.js';
import { headers } from '../../../common/openapi/headers.js';
import { parameter } from '../../../common/openapi/parameters.js';
import type { BreakersReport } from '../../performance/breakers/breakers.service.js';
import { exampleProcess, processIdentity } from './process.js';

const count = z.int().min(0);

const report = z
  .strictObject({
    process: processIdentity,
    breakers: z.array(
      z.strictObject({
        dependency: z.string(),
        state: z.enum(['closed', 'open', 'half-open']),
        since: z.iso.datetime().describe('When it came to be so.'),
        successes: count,
        failures: count,
        rejected: count.describe('Calls that were refused while it was open.'),
        opened: count.describe('How often it has opened.'),
        inFlight: count,
        cause: z.string().optional().describe('Why it opened last.'),
        lastErrors: z
          .array(z.strictObject({ at: z.iso.datetime(), message: z.string() }))
          .describe('What it failed with, the latest first.'),
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

  .meta({ id: 'CircuitBreakers', description: 'What a process does about what it stands on.' });

const example: BreakersReport = {
  process: exampleProcess,
  breakers: [
    {
      dependency: 'mongodb',
      state: 'closed',
      since: '2026-11-21T08:00:00.000Z',
      successes: 4211,
      failures: 0,
      rejected: 0,
      opened: 0,
      inFlight: 3,
      lastErrors: [],
    },
    {
      dependency: 'redis',
      state: 'open',
      since: '2026-11-21T09:30:00.000Z',
      successes: 9120,
      failures: 5,
      rejected: 12,
      opened: 1,
      inFlight: 0,
      cause: 'no answer within 1500 ms',
      lastErrors: [{ at: '2026-11-21T09:30:00.000Z', message: 'Command timed out' }],
    },
  ],
  database: { limit: 50, running: 3, waiting: 0, refused: 0 },
  shedding: { refusesAll: false, refusedTenants: 0, refused: 0 },
  stale: 0,
};

/** What a process does about what it stands on. */
export const breakersPaths = {
  '/api/v1/performance/circuit-breakers': {
    parameters: [parameter('CorrelationId')],
    get: guarded(
      { scope: 'ops:read', platform: true },
      {
        operationId: 'getCircuitBreakers',
        tags: ['Performance'],
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
