import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { MongoError } from 'mongodb';
import { isDatabaseAway } from '../database/database-failures.js';
import { reportError } from '../observability/error-reports.js';
import { templateOf } from '../observability/request-metrics.js';
import { Problem, type ProblemName, problemBody } from '../problems/problems.js';
import { isTimeExpired } from '../problems/server-errors.js';
import { ClientGone, DeadlineExceeded } from '../resilience/deadline.js';
import { OutcomeUnknown, Overloaded, Unavailable } from '../resilience/unavailable.js';

const log = new Logger('Problem');

/** The one place where errors become answers (RFC 9457). Nothing of an unexpected error leaves the process. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    answerProblem(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }
}

/** Answers an error that was thrown anywhere: in Nest, in Fastify's parsing, or by its router. */
export function answerProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const problem = toProblem(error);
  // What is expected while something is away is told once, when it changes, and not for each request.
  if (problem.status === 500) tell(error, request);
  reply
    .status(problem.status)
    .headers({ ...problem.details.headers })
    .header('content-type', 'application/problem+json')
    .header('cache-control', 'no-store')
    .send(JSON.stringify(problemBody(problem, request.originalUrl.split('?')[0] ?? '', String(request.id))));
}

function tell(error: unknown, { id, method, routeOptions, span }: FastifyRequest): void {
  const correlationId = String(id);
  const route = routeOptions.url && templateOf(routeOptions.url);
  log.error({ correlationId, method, route, err: error });
  reportError(error, { correlationId, method, route, trace: span?.spanContext() });
}

function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof DeadlineExceeded || isTimeExpired(error)) return new Problem('deadline-exceeded');
  if (error instanceof OutcomeUnknown) return new Problem('outcome-unknown');
  if (error instanceof Overloaded) return refusal('overloaded', error.retryAfterSeconds);
  if (error instanceof Unavailable) return refusal('service-unavailable', error.retryAfterSeconds);
  if (hasLeft(error) || isDatabaseAway(error)) return refusal('service-unavailable', RETRY_AFTER_SECONDS);
  if (error instanceof MongoError && error.hasErrorLabel('TransientTransactionError')) {
    return new Problem('write-conflict');
  }
  const status = statusOf(error);
  const kind = KIND_BY_STATUS[status];
  if (kind === undefined) return new Problem(status >= 400 && status < 500 ? 'malformed-request' : 'internal-error');
  return new Problem(kind, kind === 'unsupported-media-type' ? { headers: ACCEPTED_BODIES } : {});
}

/** Also while its body was being read: Node has no class for that. */
const hasLeft = (error: unknown): boolean =>
  error instanceof ClientGone ||
  (error instanceof Error && 'code' in error && error.code === 'ECONNRESET' && error.message === 'aborted');

const refusal = (kind: ProblemName, retryAfterSeconds: number): Problem =>
  new Problem(kind, { headers: { 'retry-after': String(retryAfterSeconds) } });

const RETRY_AFTER_SECONDS = 2;

function statusOf(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  if (error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number') return error.statusCode;
  return 500;
}

const KIND_BY_STATUS: Readonly<Record<number, ProblemName>> = {
  401: 'unauthenticated',
  404: 'not-found',
  405: 'method-not-allowed',
  413: 'content-too-large',
  415: 'unsupported-media-type',
  503: 'service-unavailable',
};

const ACCEPTED_BODIES = {
  'accept-patch': 'application/merge-patch+json, application/json',
  accept: 'application/json',
};
