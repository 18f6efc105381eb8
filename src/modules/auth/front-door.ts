import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { CachedAnswers, type Sendable } from '../../common/http/cached-answers.js';
import { correlationIdOf } from '../../common/http/http-server.js';
import { VARY } from '../../common/http/ready-answer.js';
import { traceHit } from '../../common/http/traced-requests.js';
import { RequestMetrics } from '../../common/observability/request-metrics.js';
import { tracing } from '../../common/observability/tracing.js';
import { credentialOf } from './access.hook.js';
import { Authenticator } from './authenticator.js';
import { TenantLimits } from './tenant-limits.js';

const VARIES = ['vary', VARY] as const;

/**
 * Answers what needs nobody: the credential signed in a moment ago, the answer is in memory and known to hold, and the
 * tenant has requests left that were taken ahead. It decides nothing of its own, and whatever it can't answer at once
 * goes to Fastify, untouched. What it saves is the framework's whole pass over a request.
 */
@Injectable()
export class FrontDoor {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly limits: TenantLimits,
    private readonly answers: CachedAnswers,
    private readonly metrics: RequestMetrics,
  ) {}

  /** Puts it in front of the server's handler. */
  open(fastify: FastifyInstance): void {
    if (this.answers.othersSetHeaders) return;
    const { server } = fastify;
    const handlers = server.listeners('request');
    server.removeAllListeners('request');
    server.on('request', (request, response) => {
      if (this.answer(request, response)) return;
      for (const handle of handlers) handle.call(server, request, response);
    });
  }

  private answer(request: IncomingMessage, response: ServerResponse): boolean {
    const begunMs = performance.now();
    const { method, headers } = request;
    if (method !== 'GET' && method !== 'HEAD') return false;
    const credential = credentialOf(headers);
    const signedIn = credential === undefined ? undefined : this.authenticator.recognise(credential);
    if (signedIn === undefined) return false;
    const found = this.answers.find(signedIn.principal, request);
    if (found === undefined) return false;
    const limit = this.limits.admitAhead(signedIn);
    if (limit === undefined) return false;
    const correlationId = correlationIdOf(headers);
    this.answers.send(found, request, response, correlationId, begunMs, [...limit, ...VARIES]);
    if (tracing.on !== undefined) this.trace(request, found, response.statusCode, begunMs, correlationId);
    return true;
  }

  private trace(
    request: IncomingMessage,
    { prepared: { path } }: Sendable,
    status: number,
    begunMs: number,
    correlationId: string,
  ): void {
    const traceId = traceHit(request, path, status, begunMs, correlationId);
    if (traceId === undefined) return;
    this.metrics.of(request.method ?? '', path).noteTrace(traceId, performance.now() - begunMs);
  }
}
