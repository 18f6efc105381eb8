import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { map, type Observable } from 'rxjs';
import { linkHeader } from '../lists/link-header.js';
import { PageAnswer, RecordAnswer } from './answers.js';
import { noneMatchNames, versionTag } from './conditional.js';

/** Turns what controllers answer into HTTP: entity tags, 304, Location, Link and caching headers. */
@Injectable()
export class AnswerInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    return next.handle().pipe(map((answer) => this.answer(request, reply, answer)));
  }

  private answer(request: FastifyRequest, reply: FastifyReply, answer: unknown): unknown {
    const read = request.method === 'GET' || request.method === 'HEAD';
    if (read) {
      // Tenants' data: a client revalidates, and no shared cache keeps it (RFC 9111 5.2.2).
      reply.header('cache-control', 'private, no-cache').header('vary', varyWith(reply.getHeader('vary')));
    } else {
      reply.header('cache-control', 'no-store');
    }
    if (answer instanceof PageAnswer) {
      reply.header('link', linkHeader(request.originalUrl, answer.page.page));
      return answer.page;
    }
    if (!(answer instanceof RecordAnswer)) return answer;
    if (answer.location !== undefined) reply.header('location', answer.location);
    if (answer.version !== undefined) {
      const tag = versionTag(answer.version);
      reply.header('etag', tag);
      const known = request.headers['if-none-match'];
      if (read && known !== undefined && noneMatchNames(known, tag)) {
        reply.status(304);
        return undefined;
      }
    }
    return answer.body;
  }
}

const VARY = 'Authorization, Accept-Encoding, X-API-Key';

/** CORS may have said already that the answer differs by origin. */
const varyWith = (vary: unknown): string => (typeof vary === 'string' && vary !== '' ? `${vary}, ${VARY}` : VARY);
