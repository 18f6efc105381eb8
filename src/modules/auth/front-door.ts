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
import { Authenticator, type SignedIn } from './authenticator.js';
import { TenantLimits } from './tenant-limits.js';

const VARIES = ['vary', VARY] as const;

interface Found {
  readonly signedIn: SignedIn;
  readonly answer: Sendable;
}

/**
 * Answers what needs nobody: the credential signed in a moment ago, the answer is in memory and holds, and the tenant has
 * requests left that were taken ahead. It decides nothing of its own, and whatever it can't answer goes to Fastify,
 * untouched. What it saves is the framework's whole pass over a request.
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
    const handOn = (request: IncomingMessage, response: ServerResponse) => {
      for (const handle of handlers) handle.call(server, request, response);
    };
    server.on('request', (request, response) => {
      const begunMs = performance.now();
      const found = this.find(request);
      if (found === undefined) return handOn(request, response);
      if (this.answers.holds(found.answer)) {
        if (!this.answer(found, request, response, begunMs)) handOn(request, response);
      } else if (mayWait(request, response)) {
        this.answers.whenConfirmed(found.answer, request, (holds) => {
          if (!holds || !this.answer(found, request, response, begunMs)) handOn(request, response);
        });
      } else handOn(request, response);
    });
  }

  private find(request: IncomingMessage): Found | undefined {
    const { method, headers } = request;
    if (method !== 'GET' && method !== 'HEAD') return undefined;
    const credential = credentialOf(headers);
    const signedIn = credential === undefined ? undefined : this.authenticator.recognise(credential);
    if (signedIn === undefined) return undefined;
    const answer = this.answers.find(signedIn.principal, request);
    return answer === undefined ? undefined : { signedIn, answer };
  }

  private answer(
    { signedIn, answer }: Found,
    request: IncomingMessage,
    response: ServerResponse,
    begunMs: number,
  ): boolean {
    const limit = this.limits.admitAhead(signedIn);
    if (limit === undefined) return false;
    const correlationId = correlationIdOf(request.headers);
    this.answers.send(answer, request, response, correlationId, begunMs, [...limit, ...VARIES]);
    if (tracing.on !== undefined) this.trace(request, answer, response.statusCode, begunMs, correlationId);
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

/**
 * Whether it may be kept waiting until its answer is known to hold. One that was sent before the last one was answered has
 * no socket yet: how many of those there may be is counted behind this door. One in a hurry has a deadline there.
 */
const mayWait = ({ headers }: IncomingMessage, { socket }: ServerResponse): boolean =>
  socket !== null && headers['x-request-timeout'] === undefined;
