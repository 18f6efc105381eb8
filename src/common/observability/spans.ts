import {
  type Attributes,
  context,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { tracing } from './tracing.js';

/**
 * Does work in a span of its own, a child of the current one; where nothing is traced it only does the work. What the
 * work throws marks the span by its class: messages may hold values.
 * @param attributes names of OpenTelemetry's where there are any; never values of tenants
 * @param work given the span to add to; undefined where there is none
 */
export function withSpan<T>(name: string, attributes: Attributes, work: (span: Span | undefined) => T): T {
  const span = childSpan(name, SpanKind.INTERNAL, attributes);
  return span === undefined ? work(undefined) : within(span, work);
}

/** Work of the service's own, which nobody has asked for: the beginning of a trace, of which the usual share is kept. */
export function traceJob<T>(name: string, work: () => T): T {
  const { on } = tracing;
  if (on === undefined) return work();
  return within(on.tracer.startSpan(name, { root: true, attributes: { 'job.name': name } }), work);
}

/**
 * A span below the current one, to be ended by whoever asks for it; undefined where the current work isn't traced, so
 * that what the service does all the time on its own makes no traces.
 */
export function childSpan(name: string, kind: SpanKind, attributes: Attributes): Span | undefined {
  const { on } = tracing;
  if (on === undefined) return undefined;
  const parent = trace.getActiveSpan();
  return parent?.isRecording() === true ? on.tracer.startSpan(name, { kind, attributes }) : undefined;
}

/** Ends a span; what it failed with, where it did. */
export function endSpan(span: Span, error?: unknown): void {
  if (error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR }).setAttribute('error.type', kindOf(error));
  span.end();
}

/** The trace that the current work belongs to, whether it is kept or not; undefined where nothing is traced. */
export const currentTrace = (): SpanContext | undefined =>
  tracing.on === undefined ? undefined : trace.getActiveSpan()?.spanContext();

/** What an error is, without what it says. */
export const kindOf = (error: unknown): string => (error instanceof Error ? error.constructor.name : typeof error);

function within<T>(span: Span, work: (span: Span) => T): T {
  let result: T;
  try {
    result = context.with(trace.setSpan(context.active(), span), () => work(span));
  } catch (error) {
    endSpan(span, error);
    throw error;
  }
  if (!(result instanceof Promise)) {
    endSpan(span);
    return result;
  }
  result.then(
    () => endSpan(span),
    (error: unknown) => endSpan(span, error ?? new Error()),
  );
  return result;
}
