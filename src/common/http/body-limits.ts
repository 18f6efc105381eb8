import type { ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from '../problems/problems.js';

/** Which bodies are let come, before any byte of them is read; to be called before other hooks are added. */
export function limitBodies(fastify: FastifyInstance, mostBytes: number): void {
  fastify.server.on('checkContinue', (request, response) => {
    asking.add(response);
    fastify.server.emit('request', request, response);
  });
  fastify.addHook('preParsing', (request, reply, _payload, done) => {
    const refused = codedBody(request);
    if (refused === undefined) letCome(request, reply, mostBytes);
    done(refused);
  });
  fastify.addHook('onSend', (request, reply, payload, done) => {
    endBeforeBody(request, reply);
    done(null, payload);
  });
}

/** Who ask whether they may send a body. */
const asking = new WeakSet<ServerResponse>();

/**
 * A body in a coding is refused: nobody needs to send one, and a small one may be large when it is decoded.
 * RFC 9110 15.5.16 has the codings that there are in Accept-Encoding.
 */
function codedBody({ method, headers }: FastifyRequest): Problem | undefined {
  const coding = headers['content-encoding'];
  if (coding === undefined || method === 'GET' || method === 'HEAD' || /^\s*identity\s*$/i.test(coding)) return;
  return new Problem('unsupported-media-type', {
    detail: 'Bodies are taken as they are, without Content-Encoding.',
    headers: { 'accept-encoding': 'identity' },
  });
}

/** Says yes to who asks, unless the body would be refused: RFC 9110 10.1.1. */
function letCome({ headers, is404 }: FastifyRequest, { raw }: FastifyReply, mostBytes: number): void {
  if (headers.expect === undefined || is404 || Number(headers['content-length'] ?? 0) > mostBytes) return;
  if (asking.delete(raw)) raw.writeContinue();
}

/** An answer to who still asks ends the connection: what comes next may be the body or not. */
function endBeforeBody({ headers }: FastifyRequest, { raw }: FastifyReply): void {
  if (headers.expect !== undefined && asking.has(raw)) raw.shouldKeepAlive = false;
}
