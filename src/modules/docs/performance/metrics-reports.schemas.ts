import { z } from 'zod';
import { WINDOWS } from '../../../common/observability/windows.js';
import { processIdentity } from './process.js';

const count = z.int().min(0);
const figure = z.number().min(0);
const share = z.number().min(0).max(1);

const durations = z
  .strictObject({
    meanMs: figure,
    minMs: figure,
    p50Ms: figure,
    p90Ms: figure,
    p95Ms: figure,
    p99Ms: figure,
    maxMs: figure,
    totalMs: figure,
  })
  .meta({
    id: 'Durations',
    description: 'Percentiles are right to within 2 %, all else exactly; of nothing all are 0.',
  });

const requests = z.strictObject({
  count,
  ratePerSecond: figure,
  errors: count.describe('Answered 5xx.'),
  refused: count.describe('Answered 4xx.'),
  statuses: z
    .record(z.string().regex(/^\d{3}$/), count)
    .describe('How many answers had each status; 499: the client went away before there was one.'),
  durations,
  queriesPerRequest: figure.describe('Commands to MongoDB.'),
  bytes: count.describe('Of the bodies, as they were sent.'),
  hits: count.describe('Answers from the cache: `X-Cache: HIT`.'),
  hitShare: share,
});

const queries = z.strictObject({
  count,
  ratePerSecond: figure,
  slow: count.describe('Took longer than `slowMs`.'),
  failed: count,
  durations,
});

const process = { process: processIdentity, speaksFor: z.literal('this process') };
const spoken = {
  ...process,
  window: z.enum(WINDOWS),
  seconds: figure.describe('How long the window is: up to 10 s longer than its name, less while the process is young.'),
};

export const requestReport = z
  .strictObject({
    ...spoken,
    total: requests,
    routes: z
      .array(
        requests.extend({
          method: z.string().describe('`OTHER` for what is no method that the API knows.'),
          route: z.string().describe('As in this document; `unmatched` for what no route takes.'),
        }),
      )
      .describe('Those with requests in the window; first what took the most time in all.'),
  })
  .meta({ id: 'RequestReport', description: 'What became of the requests of a process.' });

export const queryReport = z
  .strictObject({
    ...spoken,
    slowMs: count,
    total: queries,
    shapes: z
      .array(
        queries.extend({
          shape: z.string().describe('What queries have in common that differ in their values alone.'),
          collection: z.string(),
          kind: z.string(),
          by: z.array(z.string()).describe("Whoever has sent it: routes, or names of the service's own work."),
          lastSeen: z.iso.datetime(),
        }),
      )
      .describe('Those with queries in the window; first what took the most time in all.'),
  })
  .meta({ id: 'QueryReport', description: 'How the queries of a process fared, whoever wrote them.' });

const limit = z.strictObject({ limit: count, running: count, waiting: count, refused: count });

export const poolReport = z
  .strictObject({
    ...process,
    mongodb: z.strictObject({
      pool: z
        .strictObject({
          size: count.describe('Connections that are open or being opened.'),
          max: count,
          available: count,
          inUse: count,
          waiting: count.describe('Operations that wait for a connection.'),
        })
        .describe('Of all servers that the driver knows.'),
      operations: limit.describe('How many may be done at once now, are done, wait for their turn, and were refused.'),
      writes: limit.describe('The same for writes, which have a limit of their own before it.'),
    }),
    redis: z.strictObject({ status: z.string().describe('`ready` when all is well.') }),
    http: z.strictObject({ open: count, max: count }).describe('Connections of clients.'),
  })
  .meta({ id: 'PoolReport', description: 'The connections of a process.' });
