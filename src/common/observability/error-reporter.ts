import type { SpanContext } from '@opentelemetry/api';

export interface ErrorReportOptions {
  /** Where errors are reported, with the key; none are without. */
  readonly dsn: string | undefined;
  readonly environment: string;
}

/** What is told beside the error: nothing of what a client sent but its correlation id. */
export interface ErrorCircumstances {
  readonly correlationId?: string | undefined;
  readonly method?: string | undefined;
  /** The template of the route, such as `/api/v1/clinics/{id}`. */
  readonly route?: string | undefined;
  readonly trace?: SpanContext | undefined;
  /** Whether the service goes on as if nothing had happened; it does unless said otherwise. */
  readonly handled?: boolean;
}

/** What reports, once it is loaded. */
export interface ErrorReporter {
  report(error: unknown, circumstances: ErrorCircumstances): void;
  /** Sends what waits, and ends. */
  stop(withinMs: number): Promise<unknown>;
}
