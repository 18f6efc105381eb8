import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Configuration } from '../../config/configuration.js';
import { runInContext } from '../context/request-context.js';
import { answerProblem } from './problem.filter.js';

/** What a client may send as its correlation id; anything else is replaced by one of ours. */
const SANE_ID = /^[\w.:-]{1,128}$/;

/** Fastify, set up as the API needs it: limits, ids, body types, the headers of every answer. */
export function httpAdapter({ http }: Configuration): FastifyAdapter {
  const adapter = new FastifyAdapter({
    bodyLimit: http.bodyLimitBytes,
    routerOptions: { maxParamLength: 200, ignoreTrailingSlash: false },
    genReqId: ({ headers }: IncomingMessage) => {
      const given = headers['x-correlation-id'];
      return typeof given === 'string' && SANE_ID.test(given) ? given : randomUUID();
    },
    // A URL that can't be decoded never reaches a route.
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      reply.header('x-correlation-id', request.id).header('x-response-time', responseTime(reply));
      answerProblem(error, request, reply);
    },
  });
  const fastify: FastifyInstance = adapter.getInstance();
  fastify.removeContentTypeParser('text/plain');
  acceptMergePatch(fastify);
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.header('x-correlation-id', request.id);
    runInContext({ correlationId: request.id, loaders: new Map() }, done);
  });
  fastify.addHook('onSend', (_request, reply, payload, done) => {
    reply.header('x-response-time', responseTime(reply));
    done(null, payload);
  });
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
