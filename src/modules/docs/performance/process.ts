import { z } from 'zod';
import type { ProcessIdentity } from '../../performance/this-process.js';

/** Which process an answer speaks of. */
export const processIdentity = z
  .strictObject({
    instance: z.uuid().describe('Differs for each process, and each start of it.'),
    host: z.string(),
    pid: z.int(),
    startedAt: z.iso.datetime(),
    uptimeSeconds: z.int().min(0),
  })
  .meta({ id: 'Process', description: 'The process that the figures speak of.' });

export const exampleProcess: ProcessIdentity = {
  instance: '7f1b7e54-90a1-4f0c-8f3b-0d3b7a3f2c11',
  host: 'directory-1',
  pid: 4711,
  startedAt: '2026-11-21T08:00:00.000Z',
  uptimeSeconds: 5400,
};
