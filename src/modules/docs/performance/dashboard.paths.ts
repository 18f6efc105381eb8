import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { guarded } from '../../../common/openapi/guarded.js';
import { headers } from '../../../common/openapi/headers.js';
import { parameter } from '../../../common/openapi/parameters.js';
import type { BreakerView } from '../../performance/dashboard/snapshots.js';
import { exampleProcess } from './process.js';

const exampleBreaker: BreakerView = {
  dependency: 'redis',
  state: 'open',
  since: '2026-11-21T09:30:00.000Z',
  cause: 'no answer within 1500 ms',
};

const example = `retry: 2000

id: 1
event: snapshot
data: ${JSON.stringify({ at: '2026-11-21T09:30:00.000Z', process: exampleProcess, signals: { requestsPerSecond: 180.5 }, breakers: [exampleBreaker], alerts: [], pool: { size: 4, max: 100, available: 3, inUse: 1, waiting: 0 }, routes: [] })}

id: 2
event: breaker
data: ${JSON.stringify({ at: '2026-11-21T09:30:01.200Z', ...exampleBreaker, state: 'closed', since: '2026-11-21T09:30:01.200Z' })}

`;

/** What the dashboard lives on. The page itself is no part of the API. */
export const dashboardPaths = {
  '/api/v1/performance/stream': {
    parameters: [parameter('CorrelationId')],
    get: guarded(
      { scope: 'ops:read', platform: true },
      {
        operationId: 'watchPerformance',
        tags: ['Performance'],
        summary: 'How the process that answers is, as it goes on',
        description: [
          'Server-sent events until the client leaves or the process stops; <a href="/api/v1/performance/dashboard">the dashboard</a> shows them.',
          '- `snapshot`, at once and every 2 s: `process`, its `signals` (requests, latency, queries, cache, pool, event loop, memory), `breakers`, `alerts` that are pending or firing, the connection `pool`, and the `routes` that take most of the time of the last minute.',
          '- `breaker`, when a circuit breaker changes: `dependency`, `state`, `since`, and the `cause` of its last opening.',
          'Each has all that there is to know, so a client that comes back has missed nothing. It works while MongoDB and Redis are away. Up to 20 may look on at a process; who reads too slowly is cut off.',
        ].join('\n\n'),
        requestParams: {
          query: z.strictObject({
            events: z
              .int()
              .min(1)
              .max(999)
              .optional()
              .meta({ description: 'Ends after so many events.', examples: [1] }),
          }),
        },
        answers: {
          200: {
            description: 'The events.',
            headers: headers('Vary', 'X-Accel-Buffering'),
            content: { 'text/event-stream': { schema: z.string(), example } },
          },
        },
        problems: [],
      },
    ),
  },
} satisfies ZodOpenApiPathsObject;
