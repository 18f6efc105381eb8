import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { guarded } from '../../../common/openapi/guarded.js';
import { headers } from '../../../common/openapi/headers.js';
import { parameter } from '../../../common/openapi/parameters.js';

const example = `# HELP http_server_requests_total Requests by the status of their answers.
# TYPE http_server_requests_total counter
http_server_requests_total{method="GET",route="/api/v1/clinics/{id}",status="200"} 4211
`;

/** What Prometheus scrapes. */
export const metricsPaths = {
  '/metrics': {
    parameters: [parameter('CorrelationId')],
    get: guarded(
      { scope: 'ops:read', platform: true },
      {
        operationId: 'getMetrics',
        tags: ['Service'],
        summary: 'What the process that answers has measured, for Prometheus',
        description:
          "Prometheus' text format, or OpenMetrics where `Accept` likes it better, which also names some traces. No id, no tenant and nothing that clients make up is in a label. deploy/README.md of the source says what each metric is for.",
        answers: {
          200: {
            description: 'All metrics of the process.',
            headers: headers('Vary'),
            content: {
              'text/plain': { schema: z.string(), example },
              'application/openmetrics-text': {
                schema: z.string(),
                example: `${example.replaceAll(/(?<=^# .*_requests)_total/gm, '')}# EOF\n`,
              },
            },
          },
        },
        problems: [],
      },
    ),
  },
} satisfies ZodOpenApiPathsObject;
