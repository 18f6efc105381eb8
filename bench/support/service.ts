import { type Program, startProgram } from './program.js';

/** Limits are kept for each request, and never reached. */
export const LIMITS = { RATE_LIMIT_TENANT_PER_MINUTE: '10000000', SHED_EVENT_LOOP_DELAY_MS: '0' };

/** Runs the service as production does; it is stopped when the work is done. */
export async function withService<Result>(
  environment: Readonly<Record<string, string>>,
  work: (service: Program) => Promise<Result>,
): Promise<Result> {
  const service = await startProgram('Enterprise Service', 'dist/main.js', { ...LIMITS, ...environment });
  try {
    return await work(service);
  } finally {
    await service.stop();
  }
}
