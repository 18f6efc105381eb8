import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { json } from '../../../common/openapi/bodies.js';
import { guarded } from '../../../common/openapi/guarded.js';
import { headers } from '../../../common/openapi/headers.js';
import { parameter } from '../../../common/openapi/parameters.js';
import type { AlertsReport } from '../../performance/alerts/alerts.service.js';
import { SEVERITIES } from '../../performance/alerts/alerts-rules.js';
import { SIGNALS } from '../../performance/signals.js';
import { exampleProcess, processIdentity } from './process.js';

const signal = z.enum(Object.keys(SIGNALS)).meta({
  id: 'Signal',
  description: Object.entries(SIGNALS)
    .map(([name, about]) => `- \`${name}\`: ${about}`)
    .join('\n'),
});

const alerts = z
  .strictObject({
    process: processIdentity,
    evaluatedAt: z.iso.datetime().nullable().describe('Every 5 seconds; null before the first time.'),
    alerts: z
      .array(
        z.strictObject({
          name: z.string(),
          state: z
            .enum(['inactive', 'pending', 'firing', 'resolved'])
            .describe(
              '`pending`: wrong, but not for forSeconds yet; `resolved`: it was firing, and has been right again for some time.',
            ),
          since: z.iso.datetime().describe('When it came to be so.'),
          severity: z
            .enum(SEVERITIES)
            .describe('`page`: somebody is to look now; `ticket`: in working hours; `info`: worth knowing.'),
          summary: z.string().describe('What is wrong while it fires.'),
          advice: z.string().describe('What to look at, and what to do.'),
          signal,
          value: z.number().nullable().describe('What it was judged by; null before the first time.'),
          above: z.number().optional().describe('More than this is wrong.'),
          below: z.number().optional().describe('Less than this is wrong.'),
          when: z
            .array(z.strictObject({ signal, above: z.number() }))
            .describe('It is wrong only while all of these hold.'),
          forSeconds: z.int().min(0).describe('For so long it must be wrong before it fires.'),
        }),
      )
      .describe('Those that fire first, then those that are pending.'),
    changes: z
      .array(
        z.strictObject({
          at: z.iso.datetime(),
          name: z.string(),
          state: z.enum(['firing', 'resolved']),
          severity: z.enum(SEVERITIES),
          value: z.number(),
        }),
      )
      .describe('The last 50, the latest first.'),
  })
  .meta({ id: 'Alerts', description: 'What somebody is to be told of, and whether it is so.' });

const example: AlertsReport = {
  process: exampleProcess,
  evaluatedAt: '2026-11-21T09:31:10.000Z',
  alerts: [
    {
      name: 'indexes-missing',
      state: 'firing',
      since: '2026-11-21T09:30:05.000Z',
      severity: 'ticket',
      summary: 'The database lacks indexes that are declared, or has them otherwise.',
      advice: '/performance/indexes names them, with the createIndex for each; npm run indexes:sync creates all.',
      signal: 'missingIndexes',
      value: 1,
      above: 0,
      when: [],
      forSeconds: 0,
    },
  ],
  changes: [{ at: '2026-11-21T09:30:05.000Z', name: 'indexes-missing', state: 'firing', severity: 'ticket', value: 1 }],
};

/** What somebody is to be told of. */
export const alertsPaths = {
  '/api/v1/performance/alerts': {
    parameters: [parameter('CorrelationId')],
    get: guarded(
      { scope: 'ops:read', platform: true },
      {
        operationId: 'getAlerts',
        tags: ['Service'],
        summary: 'The alerts of the process that answers: rules, states and what changed',
        answers: {
          200: {
            description: 'All of them.',
            headers: headers('Vary', 'Content-Encoding'),
            content: json(alerts, example),
          },
        },
        problems: [],
      },
    ),
  },
} satisfies ZodOpenApiPathsObject;
