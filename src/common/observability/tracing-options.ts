import type { Tracer } from '@opentelemetry/api';
import type { TraceIds } from './trace-sampler.js';

export interface TracingOptions {
  /** Where the spans are sent (OTLP over HTTP); nothing is traced without. */
  readonly endpoint: string | undefined;
  /** Of the traces that begin here, from 0 to 1. */
  readonly sampleShare: number;
  readonly serviceName: string;
}

/** What traces, once it is loaded. */
export interface Tracing {
  readonly tracer: Tracer;
  readonly ids: TraceIds;
  readonly sampleShare: number;
  /** Sends what is left. */
  readonly stop: () => Promise<void>;
}
