import { z } from 'zod';
import { LEVELS } from '../../../common/observability/log-levels.js';

/** How long a level holds unless somebody says otherwise: the process of a forgotten one would write too much for ever. */
const FOR_SECONDS = 900;

export const logLevelBody = z
  .strictObject({
    level: z.enum(LEVELS).nullable().describe('Least severe line written; null for what is configured.'),
    context: z
      .string()
      .regex(/^[\w.:-]{1,64}$/, 'must be the context of lines, such as Problem or Requests')
      .optional()
      .describe(
        'The part of the service, as `context` of its lines names it. All without a level of their own if left out.',
      ),
    forSeconds: z
      .int()
      .min(1)
      .max(86_400)
      .nullable()
      .default(FOR_SECONDS)
      .describe('After which it reverts by itself; null for never.'),
  })
  .meta({ id: 'LogLevelChange', description: 'What the process that answers shall write.' });

export type LogLevelBody = z.output<typeof logLevelBody>;
