import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { ErrorCircumstances, ErrorReporter, ErrorReportOptions } from './error-reporter.js';
import { stopTracing } from './tracing.js';

/** One fault of the service can make every request fail: its first reports say all. */
const MOST_PER_MINUTE = 30;
const STOP_MS = 2_000;

/** Those of this process; `on` is undefined while none are made. */
export const errorReports: { on: LimitedReports | undefined } = { on: undefined };

/** Begins to report errors, where a DSN is given; the client is loaded only then. */
export async function startErrorReports(options: ErrorReportOptions): Promise<void> {
  const { dsn } = options;
  if (dsn === undefined || errorReports.on !== undefined) return;
  const { loadSentry } = await import('./sentry-client.js');
  errorReports.on = new LimitedReports(loadSentry({ ...options, dsn }));
}

/** Reports an error, scrubbed, without waiting for it; a few a minute, and one error once. Never throws. */
export function reportError(error: unknown, circumstances: ErrorCircumstances): void {
  errorReports.on?.report(error, circumstances);
}

/** Ends it, having sent what waits; gives up after two seconds. Never rejects. */
export async function stopErrorReports(): Promise<void> {
  const { on } = errorReports;
  errorReports.on = undefined;
  if (on !== undefined) await Promise.race([on.stop(), sleep(STOP_MS, undefined, { ref: false })]);
}

/**
 * Where errors are reported, those that nobody has caught are too, before the process ends by them as it always does.
 * Without reports they are Node's own affair.
 */
export function reportCrashes(): void {
  if (errorReports.on === undefined) return;
  let crashed = false;
  process.on('uncaughtException', (error: unknown) => {
    if (crashed) process.exit(1);
    crashed = true;
    new Logger('Process').fatal(error instanceof Error ? error.stack : error);
    reportError(error, { handled: false });
    void Promise.allSettled([stopErrorReports(), stopTracing()]).then(() => process.exit(1));
  });
}

class LimitedReports {
  private readonly reported = new WeakSet<object>();
  /** When the last ones were made. */
  private readonly madeAtMs: number[] = [];

  constructor(private readonly reporter: ErrorReporter) {}

  report(error: unknown, circumstances: ErrorCircumstances): void {
    try {
      if (this.mayBeMade(error)) this.reporter.report(error, circumstances);
    } catch {
      // A report that can't be made mustn't cost the answer, too.
    }
  }

  stop(): Promise<unknown> {
    return this.reporter.stop(STOP_MS).catch(() => undefined);
  }

  private mayBeMade(error: unknown): boolean {
    if (typeof error === 'object' && error !== null) {
      // Of a load that many waited for each of them tells.
      if (this.reported.has(error)) return false;
      this.reported.add(error);
    }
    const now = performance.now();
    if (this.madeAtMs.length >= MOST_PER_MINUTE) {
      if (now - (this.madeAtMs[0] ?? 0) < 60_000) return false;
      this.madeAtMs.shift();
    }
    this.madeAtMs.push(now);
    return true;
  }
}
