import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Configuration } from '../../config/configuration.js';
import type { Principal } from '../context/principal.js';
import { newContext, runInContext } from '../context/request-context.js';
import type { Deadline } from '../resilience/deadline.js';
import { limitBodies } from './body-limits.js';
import { limitedServer } from './connection-limits.js';
import { answerProblem } from './problem.filter.js';
import { RequestDeadlines } from './request-deadline.js';
import { asError } from './route-hooks.js';
import { SAFE_HEADER_ENTRIES, SAFE_HEADERS } from './secure-headers.js';
import { traceRequests } from './traced-requests.js';
import { watchTraffic } from './traffic.js';
import { answerUnreadable } from './unreadable-requests.js';

/** What a client may send as its correlation id; anything else is replaced by one of ours. */
const SANE_ID = /^[\w.:-]{1,128}$/;

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; null on public routes. */
    principal: Principal | null;
  }

  interface FastifyInstance {
    /** Told of each answer to what couldn't be read, for which no route was looked for. */
    unrouted: (method: string, status: number, bytes: number) => void;
  }
}

/** The client's, when it is sane, or a new one. */
export function correlationIdOf(headers: IncomingHttpHeaders): string {
  const given = headers['x-correlation-id'];
  return typeof given === 'string' && SANE_ID.test(given) ? given : randomUUID();
}

/** Fastify, set up as the API needs it: limits, ids, body types, the headers of every answer. */
export function httpAdapter(configuration: Configuration): FastifyAdapter {
  const { http } = configuration;
  const deadlines = new RequestDeadlines(configuration);
  const adapter = new FastifyAdapter({
    serverFactory: limitedServer(http),
    bodyLimit: http.bodyLimitBytes,
    trustProxy: http.trustProxy,
    routerOptions: { maxParamLength: 200, ignoreTrailingSlash: false },
    genReqId: ({ headers }: IncomingMessage) => correlationIdOf(headers),
    clientErrorHandler: (error, socket) => answerUnreadable(error, socket, (...told) => fastify.unrouted(...told)),
    // What still arrives is answered like all else.
    return503OnClosing: false,
    // A URL that can't be decoded never reaches a route.
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      reply.headers(SAFE_HEADERS).header('x-correlation-id', request.id).header('x-response-time', responseTime(reply));
      answerProblem(error, request, reply);
      const length = request.method === 'HEAD' ? 0 : Number(reply.getHeader('content-length') ?? 0);
      fastify.unrouted(request.method, reply.statusCode, length);
    },
  });
  const fastify: FastifyInstance = adapter.getInstance();
  fastify.removeContentTypeParser('text/plain');
  limitBodies(fastify, http.bodyLimitBytes);
  acceptMergePatch(fastify);
  acceptTokenForms(fastify);
  fastify.decorateRequest('principal', null);
  fastify.decorateRequest('cacheAttempt', null);
  fastify.decorateRequest('deadline', null);
  fastify.decorateRequest('span', null);
  fastify.decorateRequest('work', null);
  fastify.decorateRequest('counted', false);
  fastify.decorate('unrouted', () => undefined);
  fastify.decorateRequest('streamedBytes', 0);
  if (configuration.tracing.endpoint !== undefined) traceRequests(fastify);
  // After the hooks that say who asks and what is cached: what they answer needs no context.
  fastify.addHook('preParsing', (request, reply, _payload, done) => {
    let deadline: Deadline;
    try {
      deadline = deadlines.of(request, reply);
    } catch (error) {
      return done(asError(error));
    }
    const { id, principal, cacheAttempt, method, routeOptions } = request;
    request.work = { name: `${method} ${routeOptions.url}`, correlationId: id, queries: 0 };
    runInContext(newContext(id, principal ?? undefined, cacheAttempt?.bypass, deadline, request.work), done);
  });
  fastify.addHook('onSend', (request, reply, payload, done) => {
    for (const [name, value] of SAFE_HEADER_ENTRIES) if (!reply.hasHeader(name)) reply.header(name, value);
    reply.header('x-correlation-id', request.id).header('x-response-time', responseTime(reply));
    done(null, payload);
  });
  watchTraffic(fastify);
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
