import { setTimeout as sleep } from 'node:timers/promises';
import type { Tracing, TracingOptions } from './tracing-options.js';

/** How long a stop waits for the collector. */
const STOP_MS = 2_000;

/**
 * The tracing of this process. Whoever would trace reads `on` first: while nothing is traced, that is all that tracing
 * costs.
 */
export const tracing: { on: Tracing | undefined } = { on: undefined };

/** Begins to trace, where an endpoint is given; whatever is traced must be made after. OpenTelemetry is loaded only then. */
export async function startTracing(options: TracingOptions): Promise<void> {
  const { endpoint } = options;
  if (endpoint === undefined || tracing.on !== undefined) return;
  const { loadTracing } = await import('./tracing-sdk.js');
  tracing.on = loadTracing({ ...options, endpoint });
}

/** Ends it, having sent what is left; gives up after two seconds. Never rejects. */
export async function stopTracing(): Promise<void> {
  const { on } = tracing;
  if (on === undefined) return;
  tracing.on = undefined;
  await Promise.race([on.stop().catch(() => undefined), sleep(STOP_MS, undefined, { ref: false })]);
}
