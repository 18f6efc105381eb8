import { setTimeout as sleep } from 'node:timers/promises';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import type { Configuration } from '../config/configuration.js';
import { HealthService } from '../modules/health/health.service.js';

/** A connection that brought nothing for this long is unlikely to bring a request in the moment in which it is closed. */
const QUIET_MS = 1_000;
/** For what is left to do when the last request is answered. */
const LEAST_TO_CLOSE_MS = 1_000;

/**
 * Stops a service that listens: it isn't ready any more, and tells each client to leave with the answer to its next
 * request; after the delay it takes no more connections, finishes what runs, and closes what it stands on.
 * @returns what had to be cut off, a line each; the process should then end
 */
export async function stopGracefully(
  app: NestFastifyApplication,
  { delayMs, timeoutMs }: Configuration['stop'],
): Promise<readonly string[]> {
  const { traffic }: FastifyInstance = app.getHttpAdapter().getInstance();
  app.get(HealthService).leave();
  traffic.leave();
  await sleep(delayMs);
  // Right after the event loop has taken what connections there are: those that wait to be taken are reset.
  await new Promise(setImmediate);
  const endAtMs = performance.now() + timeoutMs;
  traffic.close(Math.min(QUIET_MS, delayMs));
  if (!(await within(timeoutMs, traffic.ended()))) {
    const cutOff = traffic.underWay();
    traffic.cut();
    return cutOff;
  }
  // Only now: hooks of modules run before Nest closes its server, and what a request needs would end under it.
  const leftMs = Math.max(LEAST_TO_CLOSE_MS, endAtMs - performance.now());
  return (await within(leftMs, app.close())) ? [] : ['closing the connections to MongoDB and Redis'];
}

/** Whether the work ends in time. */
async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  const inTime = new AbortController();
  const tooLate = sleep(ms, false, { signal: inTime.signal }).catch(() => false);
  try {
    return await Promise.race([work.then(() => true), tooLate]);
  } finally {
    inTime.abort();
  }
}
