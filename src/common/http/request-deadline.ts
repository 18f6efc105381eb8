import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CONFIGURATION } from '../../config/config.module.js';
import type { Configuration } from '../../config/configuration.js';
import { Problem } from '../problems/problems.js';
import { ClientGone, Deadline } from '../resilience/deadline.js';
import { configureRoutes } from './route-config.js';

/** How long requests of a kind may take; a list that is searched is a search unless its route says otherwise. */
export type DeadlineClass = 'standard' | 'search' | 'report';

declare module 'fastify' {
  interface FastifyContextConfig {
    deadline?: DeadlineClass;
  }
  interface FastifyRequest {
    /** Until when the answer is wanted; null for what is answered before anything is waited for. */
    deadline: Deadline | null;
  }
}

/** The route's requests may take as long as this class allows. */
export const DeadlineOf = (deadline: DeadlineClass) => configureRoutes({ deadline });

/** Gives requests their deadlines. */
@Injectable()
export class RequestDeadlines {
  private readonly classes: Readonly<Record<DeadlineClass, number>>;

  constructor(@Inject(CONFIGURATION) { deadlines }: Configuration) {
    this.classes = { standard: deadlines.standardMs, search: deadlines.searchMs, report: deadlines.reportMs };
  }

  /**
   * The deadline of the request, made when it is first asked for: it ends with the client's connection too.
   * @throws {Problem} `validation-failed` when `X-Request-Timeout` is no number of milliseconds
   */
  of(request: FastifyRequest, reply: FastifyReply): Deadline {
    request.deadline ??= this.open(request, reply);
    return request.deadline;
  }

  /** The result of the work within the deadline; it rejects as well where {@link of} throws. */
  async within<T>(request: FastifyRequest, reply: FastifyReply, work: Promise<T>): Promise<T> {
    // A time that can't be read ends the request before this does; what it then comes to is nobody's concern.
    work.catch(() => undefined);
    return this.of(request, reply).within(work);
  }

  private open(request: FastifyRequest, reply: FastifyReply): Deadline {
    const allowedMs = this.classes[classOf(request)];
    const wantedMs = timeoutIn(request.headers['x-request-timeout']);
    const endsAtMs = performance.now() - reply.elapsedTime + Math.min(allowedMs, wantedMs ?? allowedMs);
    const deadline = new Deadline(endsAtMs, allowedMs);
    reply.raw.once('close', () => {
      if (reply.raw.writableFinished) deadline.end();
      else deadline.cancel(new ClientGone());
    });
    return deadline;
  }
}

function classOf({ routeOptions, query }: FastifyRequest): DeadlineClass {
  return routeOptions.config.deadline ?? ('search' in Object(query) ? 'search' : 'standard');
}

/** Milliseconds; a longer time than the route allows is no mistake, it is not granted. */
function timeoutIn(header: string | readonly string[] | undefined): number | undefined {
  if (header === undefined) return undefined;
  if (typeof header === 'string' && /^[1-9]\d{0,6}$/.test(header)) return Number(header);
  throw new Problem('validation-failed', {
    errors: [{ parameter: 'X-Request-Timeout', message: 'must be milliseconds, from 1 to 9999999' }],
  });
}
