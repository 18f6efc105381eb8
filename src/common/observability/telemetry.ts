import type { ErrorReportOptions } from './error-reporter.js';
import { reportCrashes, startErrorReports, stopErrorReports } from './error-reports.js';
import { startTracing, stopTracing } from './tracing.js';
import type { TracingOptions } from './tracing-options.js';

export interface TelemetryOptions {
  readonly tracing: TracingOptions;
  readonly errorReports: ErrorReportOptions;
}

/** Begins what a process tells others of itself, where that is wanted; before whatever it tells of is made. */
export async function startTelemetry({ tracing, errorReports }: TelemetryOptions): Promise<void> {
  await Promise.all([startTracing(tracing), startErrorReports(errorReports)]);
  reportCrashes();
}

/** Sends what is left, and ends it; in two seconds at the most. Never rejects. */
export async function stopTelemetry(): Promise<void> {
  await Promise.all([stopTracing(), stopErrorReports()]);
}
