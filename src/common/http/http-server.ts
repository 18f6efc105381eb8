import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Configuration } from '../../config/configuration.js';
import type { Principal } from '../context/principal.js';
import { newContext, runInContext } from '../context/request-context.js';
import { Problem, problemBody } from '../problems/problems.js';
import { answerProblem } from './problem.filter.js';
import { SAFE_HEADER_ENTRIES, SAFE_HEADERS } from './secure-headers.js';

/** What a client may send as its correlation id; anything else is replaced by one of ours. */
const SANE_ID = /^[\w.:-]{1,128}$/;

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; null on public routes. */
    principal: Principal | null;
  }
}

/** The client's, when it is sane, or a new one. */
export function correlationIdOf(headers: IncomingHttpHeaders): string {
  const given = headers['x-correlation-id'];
  return typeof given === 'string' && SANE_ID.test(given) ? given : randomUUID();
}

/** Fastify, set up as the API needs it: limits, ids, body types, the headers of every answer. */
export function httpAdapter({ http }: Configuration): FastifyAdapter {
  const adapter = new FastifyAdapter({
    bodyLimit: http.bodyLimitBytes,
    trustProxy: http.trustProxy,
    routerOptions: { maxParamLength: 200, ignoreTrailingSlash: false },
    genReqId: ({ headers }: IncomingMessage) => correlationIdOf(headers),
    clientErrorHandler: answerUnreadable,
    // A URL that can't be decoded never reaches a route.
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      reply.headers(SAFE_HEADERS).header('x-correlation-id', request.id).header('x-response-time', responseTime(reply));
      answerProblem(error, request, reply);
    },
  });
  const fastify: FastifyInstance = adapter.getInstance();
  fastify.removeContentTypeParser('text/plain');
  acceptMergePatch(fastify);
  acceptTokenForms(fastify);
  fastify.decorateRequest('principal', null);
  fastify.decorateRequest('cacheAttempt', null);
  // After the hooks that say who asks and what is cached: what they answer needs no context.
  fastify.addHook('preParsing', (request, _reply, _payload, done) => {
    runInContext(newContext(request.id, request.principal ?? undefined, request.cacheAttempt?.bypass), done);
  });
  fastify.addHook('onSend', (request, reply, payload, done) => {
    for (const [name, value] of SAFE_HEADER_ENTRIES) if (!reply.hasHeader(name)) reply.header(name, value);
    reply.header('x-correlation-id', request.id).header('x-response-time', responseTime(reply));
    done(null, payload);
  });
  closeWhatFallsIdle(fastify);
  return adapter;
}

const responseTime = (reply: FastifyReply): string => `${reply.elapsedTime.toFixed(1)}ms`;

/** RFC 7396's media type is for PATCH alone; other bodies are plain JSON. */
function acceptMergePatch(fastify: FastifyInstance): void {
  const parseJson = fastify.getDefaultJsonParser('error', 'error');
  fastify.addContentTypeParser(
    'application/merge-patch+json',
    { parseAs: 'string' },
    (request: FastifyRequest, body: string, done) => {
      if (request.method === 'PATCH') parseJson(request, body, done);
      else done(Object.assign(new Error('not a PATCH'), { statusCode: 415 }));
    },
  );
}

/** OAuth's token request is a form (RFC 6749 4.4.2); no other route takes one. */
function acceptTokenForms(fastify: FastifyInstance): void {
  fastify.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: 16_384 },
    (request: FastifyRequest, body: string, done) => {
      if (request.routeOptions.url === TOKEN_PATH) done(null, Object.fromEntries(new URLSearchParams(body)));
      else done(Object.assign(new Error('no form here'), { statusCode: 415 }));
    },
  );
}

const TOKEN_PATH = '/api/v1/auth/token';

const SAFE_HEADER_LINES = SAFE_HEADER_ENTRIES.map(([name, value]) => `${name}: ${value}\r\n`).join('');

/** Answers bytes that are no HTTP, or more headers than are read: Node has made no request of them. */
function answerUnreadable(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const kind = error.code === 'HPE_HEADER_OVERFLOW' ? 'headers-too-large' : 'malformed-request';
  const correlationId = randomUUID();
  const body = JSON.stringify(problemBody(new Problem(kind), '', correlationId));
  const { status, reason } =
    kind === 'headers-too-large'
      ? { status: 431, reason: 'Request Header Fields Too Large' }
      : { status: 400, reason: 'Bad Request' };
  if (socket.writable) {
    socket.end(
      `HTTP/1.1 ${status} ${reason}\r\nConnection: close\r\nContent-Type: application/problem+json\r\nCache-Control: no-store\r\n${SAFE_HEADER_LINES}X-Correlation-Id: ${correlationId}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  } else socket.destroy();
}

/**
 * While it stops, the server closes each connection when its request has been answered. Node closes those that are idle
 * at the moment of the stop alone: one that was busy then would hold it up for as long as a client keeps it.
 */
function closeWhatFallsIdle(fastify: FastifyInstance): void {
  let closing: NodeJS.Timeout | undefined;
  fastify.addHook('preClose', (done) => {
    closing = setInterval(() => fastify.server.closeIdleConnections(), IDLE_CHECK_MS).unref();
    done();
  });
  fastify.addHook('onClose', (_instance, done) => {
    clearInterval(closing);
    done();
  });
}

const IDLE_CHECK_MS = 20;
