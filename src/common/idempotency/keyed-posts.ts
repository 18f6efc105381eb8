import type { FastifyInstance, onSendHookHandler, preHandlerHookHandler } from 'fastify';
import { type KeyedRequest, requestContext } from '../context/request-context.js';
import { Problem } from '../problems/problems.js';
import { parseIdempotencyKey } from './idempotency-key.js';
import { keyedRequest } from './keyed-request.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set where the request has a key under which its result is kept. */
    keyed: KeyedRequest | null;
  }
}

/**
 * Lets each POST that is added from now on take an `Idempotency-Key`. Other methods are idempotent by themselves, and
 * a POST that anybody may send writes nothing: there the header means nothing.
 */
export function keyPosts(fastify: FastifyInstance): void {
  fastify.decorateRequest('keyed', null);
  fastify.addHook('onRoute', (route) => {
    if (![route.method].flat().includes('POST')) return;
    route.preHandler = [takeKey, ...[route.preHandler ?? []].flat()];
    route.onSend = [tellReplay, ...[route.onSend ?? []].flat()];
  });
}

/** When the body has been parsed. It ends a request with `validation-failed`. */
const takeKey: preHandlerHookHandler = (request, _reply, done) => {
  const header = request.headers['idempotency-key'];
  const { method, originalUrl: url, body, principal } = request;
  if (header === undefined || principal === null) return done();
  const key = parseIdempotencyKey(String(header));
  if (key === undefined) return done(malformed());
  request.keyed = keyedRequest(key, principal, { method, url, body });
  requestContext().keyed = request.keyed;
  done();
};

const tellReplay: onSendHookHandler = (request, reply, payload, done) => {
  if (request.keyed?.state === 'replayed' && reply.statusCode < 400) reply.header('idempotent-replayed', 'true');
  done(null, payload);
};

const malformed = () =>
  new Problem('validation-failed', {
    errors: [{ parameter: 'Idempotency-Key', message: 'must be 1 to 255 visible ASCII characters, quoted or not' }],
  });
