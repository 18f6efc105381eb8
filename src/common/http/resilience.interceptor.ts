import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { DatabaseGate } from '../database/database-gate.js';
import { RequestDeadlines } from './request-deadline.js';
import { isForOperators } from './route-config.js';

/**
 * Answers within the deadline, whatever the handler still waits for, and refuses at once what could only wait for a
 * database that is away: a write. A read may be known.
 */
@Injectable()
export class ResilienceInterceptor implements NestInterceptor {
  constructor(
    private readonly deadlines: RequestDeadlines,
    private readonly database: DatabaseGate,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    if (isWrite(request)) this.database.dependency.assertAvailable();
    const deadline = this.deadlines.of(request, http.getResponse<FastifyReply>());
    return from(deadline.within(lastValueFrom(next.handle(), { defaultValue: undefined })));
  }
}

/** What the public may do writes nothing; and operators must be able to act when the database is away. */
const isWrite = ({ method, routeOptions: { config } }: FastifyRequest): boolean =>
  method !== 'GET' && method !== 'HEAD' && config.access !== 'public' && !isForOperators(config);
