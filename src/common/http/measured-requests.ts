import { IncomingMessage } from 'node:http';
import { pipeline, Transform } from 'node:stream';
import { type SpanContext, TraceFlags } from '@opentelemetry/api';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Work } from '../context/request-context.js';
import type { RequestLog } from '../observability/request-log.js';
import { type RequestMetrics, routeOf } from '../observability/request-metrics.js';
import { isUnreadable } from './unreadable-requests.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** What it has cost at the database so far; null until something may be done for it. */
    work: Work | null;
    /** Whoever has answered it has counted it. */
    counted: boolean;
    /** Bytes of a body whose length wasn't known before it was sent. */
    streamedBytes: number;
  }
}

/**
 * Counts each request by its route, and tells the log of it, however it ends. To be called after whatever changes what
 * is sent, such as its compression.
 * @param metrics none where nothing is to be counted
 */
export function measureRequests(fastify: FastifyInstance, metrics: RequestMetrics | undefined, log: RequestLog): void {
  const count = (request: FastifyRequest, reply: FastifyReply, status = reply.statusCode): void => {
    // One that the process has made of itself says nothing of how clients are answered.
    if (request.counted || !(request.raw instanceof IncomingMessage)) return;
    request.counted = true;
    const { elapsedTime } = reply;
    const hit = reply.getHeader('x-cache') === 'HIT';
    const bytes = bytesOf(request, reply);
    const trace = sampledTrace(request);
    const route = metrics?.of(request.method, request.routeOptions.url);
    route?.record(status, elapsedTime, bytes, request.work?.queries ?? 0, hit);
    if (trace !== undefined) route?.noteTrace(trace.traceId, elapsedTime);
    if (log.enabledFor(hit, status))
      log.line({ ...lineOf(request, reply), status, bytes, traceId: trace?.traceId, spanId: trace?.spanId }, hit);
  };
  fastify.addHook('onRequest', (request, reply, done) => {
    // Of one whose client goes away Fastify tells nobody that it has ended.
    reply.raw.once('close', () => {
      if (reply.raw.headersSent) count(request, reply);
      // Of what wasn't readable to its end `unrouted` is told.
      else if (!isUnreadable(request.raw.socket)) count(request, reply, CLIENT_GONE);
    });
    done();
  });
  fastify.unrouted = (method, status, bytes) => metrics?.of(method, undefined).record(status, 0, bytes, 0);
  fastify.addHook('onRoute', (route) => {
    // A route's own hooks come after those of the server: after the compression of this route too.
    route.onSend = [...[route.onSend ?? []].flat(), countStreamedBytes];
    if (route.config?.endless !== true) return;
    // How long somebody stays is no time that an answer took.
    route.onSend.push((request: FastifyRequest, reply: FastifyReply, payload: unknown, done: Next) => {
      if (isStream(payload)) count(request, reply);
      done(null, payload);
    });
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    count(request, reply);
    done();
  });
}

/** The client went away before there was an answer; what nginx logs then. */
export const CLIENT_GONE = 499;

type Next = (error: Error | null, payload?: unknown) => void;

/** The interceptor has a body's length, but for one that is made as it is sent. */
function countStreamedBytes(request: FastifyRequest, _reply: FastifyReply, payload: unknown, done: Next): void {
  if (!isStream(payload)) {
    done(null, payload);
    return;
  }
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, next) {
      request.streamedBytes += chunk.length;
      next(null, chunk);
    },
  });
  // Whichever fails or is given up ends the other.
  done(
    null,
    pipeline(payload, counter, () => undefined),
  );
}

function sampledTrace({ span }: FastifyRequest): SpanContext | undefined {
  const trace = span?.spanContext();
  return trace !== undefined && (trace.traceFlags & TraceFlags.SAMPLED) !== 0 ? trace : undefined;
}

function lineOf({ id, method, routeOptions, work, principal }: FastifyRequest, { raw, elapsedTime }: FastifyReply) {
  const cache = raw.getHeader('x-cache');
  return {
    method,
    route: routeOf(routeOptions.url),
    ms: elapsedTime,
    queries: work?.queries ?? 0,
    correlationId: String(id),
    cache: cache === undefined ? undefined : String(cache),
    principal: principal?.kind,
  };
}

/** Those of the compression aren't made of Node's own class. */
const isStream = (payload: unknown): payload is NodeJS.ReadableStream =>
  typeof payload === 'object' && payload !== null && 'pipe' in payload && typeof payload.pipe === 'function';

function bytesOf(request: FastifyRequest, reply: FastifyReply): number {
  if (request.method === 'HEAD' || reply.statusCode === 304) return 0;
  if (reply.raw.closed && !reply.raw.headersSent) return 0;
  return request.streamedBytes > 0 ? request.streamedBytes : Number(reply.getHeader('content-length') ?? 0);
}
