import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { LEVELS } from '../../../common/observability/log-levels.js';
import { json, requestBody } from '../../../common/openapi/bodies.js';
import { guarded } from '../../../common/openapi/guarded.js';
import { headers } from '../../../common/openapi/headers.js';
import { parameter } from '../../../common/openapi/parameters.js';
import { WITH_BODY } from '../../../common/openapi/problem-sets.js';
import { logLevelBody } from '../../performance/log-levels/log-levels.bodies.js';
import type { LogLevelsReport } from '../../performance/log-levels/log-levels.service.js';
import { exampleProcess, processIdentity } from './process.js';

const tags = ['Performance'];
const level = z.enum(LEVELS).describe('Least severe line written.');
const until = z.iso.datetime().nullable().describe('When it reverts by itself; null when it stays.');

const report = z
  .strictObject({
    process: processIdentity,
    configured: level.describe('What `LOG_LEVEL` says.'),
    level,
    until,
    contexts: z
      .array(z.strictObject({ context: z.string(), level, until }))
      .describe('The parts of the service with a level of their own.'),
  })
  .meta({ id: 'LogLevels', description: 'What a process writes to its log.' });

const example: LogLevelsReport = {
  process: exampleProcess,
  configured: 'log',
  level: 'log',
  until: null,
  contexts: [{ context: 'Requests', level: 'debug', until: '2026-11-21T09:45:00.000Z' }],
};

/** What operators see of the log's levels, and change. */
export const logLevelsPaths = {
  '/api/v1/performance/log-levels': {
    parameters: [parameter('CorrelationId')],
    get: guarded(
      { scope: 'ops:read', platform: true },
      {
        operationId: 'getLogLevels',
        tags,
        summary: 'What the process that answers writes to its log',
        answers: {
          200: {
            description: 'Its level, and those of parts of the service.',
            headers: headers('Vary', 'Content-Encoding'),
            content: json(report, example),
          },
        },
        problems: [],
      },
    ),
    put: guarded(
      { scope: 'ops:write', platform: true },
      {
        operationId: 'setLogLevel',
        tags,
        summary: 'Have the process that answers write more or less to its log',
        description:
          'It concerns that process alone, which the answer names, and ends with it. With more than one of them, ask each at its own address.',
        requestBody: requestBody(
          { 'application/json': logLevelBody },
          { level: 'debug', context: 'Requests', forSeconds: 900 },
        ),
        answers: {
          200: {
            description: 'What it writes from now on.',
            headers: headers('Vary', 'Content-Encoding'),
            content: json(report, example),
          },
        },
        problems: [...WITH_BODY],
      },
    ),
  },
} satisfies ZodOpenApiPathsObject;
