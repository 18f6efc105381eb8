import type { IncomingMessage } from 'node:http';
import { context, ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { redactText, redactTokens } from '../observability/redact-text.js';
import { templateOf } from '../observability/request-metrics.js';
import { traceParentOf } from '../observability/trace-parent.js';
import { tracing } from '../observability/tracing.js';
import type { Tracing } from '../observability/tracing-options.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Of the request; null where nothing is traced. */
    span: Span | null;
  }
}

/**
 * Traces each request that Fastify sees, from its head to the end of its answer; what is done for it is done in the
 * span. To be called before all other hooks, and only where the process traces.
 */
export function traceRequests(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    const { on } = tracing;
    if (on === undefined) return done();
    const { raw, routeOptions, id } = request;
    const span = serverSpan(on, raw, templateIfAny(routeOptions.url), id, performance.now());
    request.span = span;
    if (span.isRecording()) reply.raw.once('close', () => endRequest(span, reply));
    context.with(trace.setSpan(ROOT_CONTEXT, span), done);
  });
}

/**
 * Makes the span of an answer that went out from memory, past Fastify and all that would have traced it. To be called
 * only where `tracing.on` is set.
 * @param path of the route, as Fastify has it
 * @param begunMs by `performance.now()`
 * @returns the id of the trace, where it is kept
 */
export function traceHit(
  request: IncomingMessage,
  path: string | undefined,
  status: number,
  begunMs: number,
  correlationId: string,
): string | undefined {
  const { on } = tracing;
  // Most aren't kept, and an answer from memory is quick: they must cost nothing.
  if (on === undefined || (request.headers.traceparent === undefined && !on.ids.draw(on.sampleShare))) return undefined;
  const span = serverSpan(on, request, templateIfAny(path), correlationId, begunMs);
  if (!span.isRecording()) return undefined;
  span.setAttributes({ 'http.response.status_code': status, 'cache.outcome': 'HIT' }).end();
  return span.spanContext().traceId;
}

const templateIfAny = (path: string | undefined): string | undefined =>
  path === undefined ? undefined : templateOf(path);

function serverSpan(
  { tracer }: Tracing,
  { method = '', url = '', headers }: IncomingMessage,
  template: string | undefined,
  correlationId: string,
  begunMs: number,
): Span {
  const remote = traceParentOf(headers);
  const name = METHODS.has(method) ? method : 'HTTP';
  const span = tracer.startSpan(
    template === undefined ? name : `${name} ${template}`,
    { kind: SpanKind.SERVER, startTime: performance.timeOrigin + begunMs },
    remote === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, remote),
  );
  if (!span.isRecording()) return span;
  const path = url.split('?', 1)[0] ?? '';
  return span.setAttributes({
    'http.request.method': METHODS.has(method) ? method : '_OTHER',
    'url.scheme': 'http',
    // In a route's path are ids, elsewhere is anything.
    'url.path': template === undefined ? redactText(path) : redactTokens(path),
    'correlation.id': redactTokens(correlationId),
    ...(template !== undefined && { 'http.route': template }),
  });
}

/** All others are none (semantic conventions, HTTP). */
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

function endRequest(span: Span, reply: FastifyReply): void {
  const { statusCode, headersSent, writableFinished } = reply.raw;
  if (headersSent) span.setAttribute('http.response.status_code', statusCode);
  if (!writableFinished) span.setAttribute('error.type', 'client_gone');
  else if (statusCode >= 500) {
    span.setStatus({ code: SpanStatusCode.ERROR }).setAttribute('error.type', String(statusCode));
  }
  const outcome = reply.getHeader('x-cache');
  if (outcome !== undefined) span.setAttribute('cache.outcome', String(outcome));
  span.end();
}
