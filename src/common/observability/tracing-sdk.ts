import { Logger } from '@nestjs/common';
import { context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, ParentBasedSampler, type SpanExporter, TracerProvider } from '@opentelemetry/sdk-trace';
import { INSTANCE_ID } from './instance-id.js';
import { serviceVersion } from './service-version.js';
import { TraceIds, TraceSampler } from './trace-sampler.js';
import type { Tracing, TracingOptions } from './tracing-options.js';

/** What is made faster than it can be sent is dropped: of the spans that wait, there are never more. */
const MOST_WAITING = 4_096;
const MOST_OF_A_BATCH = 512;
const SENT_EVERY_MS = 1_000;
/** A collector without an answer by then is taken for away. */
const COLLECTOR_TIMEOUT_MS = 5_000;

/** OpenTelemetry's SDK, set up; imported only where something is traced. */
export function loadTracing({
  endpoint,
  sampleShare,
  serviceName,
}: TracingOptions & { readonly endpoint: string }): Tracing {
  const ids = new TraceIds();
  const exporter = telling(
    new OTLPTraceExporter({ url: endpoint, timeoutMillis: COLLECTOR_TIMEOUT_MS, concurrencyLimit: 16 }),
    new URL(endpoint).origin,
  );
  const provider = new TracerProvider({
    sampler: new ParentBasedSampler({ root: new TraceSampler(sampleShare) }),
    idGenerator: ids,
    resource: resourceFromAttributes({
      'service.name': serviceName,
      'service.version': serviceVersion(),
      'service.instance.id': INSTANCE_ID,
    }),
    // Nothing that a client sends makes a span large.
    spanLimits: { attributeValueLengthLimit: 1_024, attributeCountLimit: 32, eventCountLimit: 32 },
    spanProcessors: [
      new BatchSpanProcessor({
        exporter,
        maxQueueSize: MOST_WAITING,
        maxExportBatchSize: MOST_OF_A_BATCH,
        scheduledDelayMillis: SENT_EVERY_MS,
        exportTimeoutMillis: COLLECTOR_TIMEOUT_MS,
      }),
    ],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  return {
    tracer: provider.getTracer('enterprise-service', serviceVersion()),
    ids,
    sampleShare,
    stop: async () => {
      await provider.shutdown();
      context.disable();
    },
  };
}

/** An exporter that says in the log when the collector goes away, and when it is back, each once. */
function telling(exporter: SpanExporter, collector: string): SpanExporter {
  const log = new Logger('Tracing');
  let away = false;
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        const failed = result.error !== undefined || result.code !== 0;
        if (failed && !away) log.warn(`${collector} takes no traces, which are dropped (${reasonOf(result.error)})`);
        if (!failed && away) log.log(`${collector} takes traces again`);
        away = failed;
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
  };
}

/** The reply of a collector isn't ours to print: a proxy's may have any length. */
const reasonOf = (error: (Error & { readonly code?: unknown }) | undefined): string =>
  `${error?.code ?? error?.name ?? 'unknown'}: ${error?.message.slice(0, 200) ?? ''}`;
