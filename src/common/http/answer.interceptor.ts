import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { from, lastValueFrom, map, type Observable } from 'rxjs';
import type { CacheRef, Outcome } from '../cache/coherent-cache.js';
import { Cache } from '../cache/create-cache.js';
import { Payload } from '../cache/payload.js';
import { currentDeadline, currentPrincipal, runShared } from '../context/request-context.js';
import { Problem, type ProblemDetails } from '../problems/problems.js';
import { executeWithFallback } from '../resilience/execute-with-fallback.js';
import { Unavailable } from '../resilience/unavailable.js';
import { answerKey, CacheRefs } from '../resource/cache-refs.js';
import { viewerOf } from '../tenancy/viewer.js';
import { PageAnswer, RecordAnswer } from './answers.js';
import { askedOf, type Delivery, notThere } from './cached-route.js';
import { payloadOf, prepareReply, ReadyAnswer, setHeaders, varyWith } from './ready-answer.js';
import { isForOperators } from './route-config.js';

/**
 * Turns what controllers answer into HTTP: ready bytes with entity tags, 304, Location, Link and caching headers. On
 * routes that are cached the handler runs only for what isn't.
 */
@Injectable()
export class AnswerInterceptor implements NestInterceptor {
  constructor(
    private readonly cache: Cache,
    private readonly refs: CacheRefs,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return next.handle().pipe(map((answer) => answerWrite(request, reply, answer)));
    }
    const handle = () => lastValueFrom(next.handle());
    return from(this.answerRead(request, reply, handle));
  }

  private async answerRead(
    request: FastifyRequest,
    reply: FastifyReply,
    handle: () => Promise<unknown>,
  ): Promise<unknown> {
    const { cached } = request.routeOptions.config;
    if (cached === undefined) return this.answerUncached(request, reply, await handle());
    if (cached === 'composed') {
      const ref = this.refs.composed(request.originalUrl);
      const composed = async () => this.answerComposed(request, reply, await handle().catch(missed));
      return this.orStale(request, reply, ref, composed);
    }
    const ref = cached(this.refs, askedOf(request));
    return this.orStale(request, reply, ref, async () => {
      const { payload, outcome } = await this.read(request, ref, () => loaded(handle, request.originalUrl));
      return answerWith(reply, payload, outcome);
    });
  }

  private read({ cacheAttempt }: FastifyRequest, ref: CacheRef, load: () => Promise<Payload>) {
    const { reads } = this.cache;
    const rider = currentDeadline()?.signal;
    const shared = (wanted: AbortSignal) => runShared(wanted, load);
    return cacheAttempt?.bypass === true
      ? reads.bypass(ref, shared, rider)
      : reads.read(ref, shared, { known: cacheAttempt?.versions, rider });
  }

  /** While the database is away, what is known is answered and marked as stale, unless the client wants nothing cached. */
  private orStale(
    { cacheAttempt }: FastifyRequest,
    reply: FastifyReply,
    ref: Pick<CacheRef, 'key' | 'staleMs'>,
    answer: () => Promise<Buffer | undefined>,
  ): Promise<Buffer | undefined> {
    const isAway = (error: unknown) => error instanceof Unavailable && cacheAttempt?.bypass !== true;
    return executeWithFallback(answer, isAway, async (error) => {
      const known = await this.cache.reads.lastKnown(ref);
      if (known === undefined) throw error;
      reply.header('age', String(Math.floor(known.ageMs / 1000)));
      return answerWith(reply, known.payload, 'STALE');
    });
  }

  /** The bytes are kept as long as all that they were made of holds. */
  private answerComposed({ originalUrl }: FastifyRequest, reply: FastifyReply, answer: unknown): Buffer | undefined {
    const payload = payloadOf(answer, originalUrl);
    const { parts } = answer instanceof PageAnswer ? answer : { parts: [] };
    this.cache.reads.keepComposed(answerKey(viewerOf(currentPrincipal()), originalUrl), parts, payload);
    return prepareReply(reply, new ReadyAnswer(payload), worst(parts));
  }

  private answerUncached({ originalUrl, routeOptions }: FastifyRequest, reply: FastifyReply, answer: unknown): unknown {
    if (answer instanceof ReadyAnswer) return prepareReply(reply, answer, undefined);
    if (!(answer instanceof RecordAnswer || answer instanceof PageAnswer)) {
      const lifetime = isForOperators(routeOptions.config) ? 'no-store' : 'private, no-cache';
      if (!reply.hasHeader('cache-control')) reply.header('cache-control', lifetime);
      reply.header('vary', varyWith(reply.getHeader('vary')));
      return answer;
    }
    return prepareReply(reply, new ReadyAnswer(payloadOf(answer, originalUrl)), undefined);
  }
}

/** @throws {Problem} `not-found` for what isn't there */
function answerWith(reply: FastifyReply, payload: Payload, outcome: Delivery): Buffer | undefined {
  const { absent } = payload;
  if (absent !== undefined) throw notThere(absent, outcome);
  return prepareReply(reply, new ReadyAnswer(payload), outcome);
}

/** That a record isn't there is worth remembering as well. */
async function loaded(handle: () => Promise<unknown>, url: string): Promise<Payload> {
  try {
    return payloadOf(await handle(), url);
  } catch (error) {
    return Payload.absent(absenceIn(error).detail ?? '');
  }
}

/** Only what is there is composed, and kept. */
function missed(error: unknown): never {
  throw notThere(absenceIn(error).detail, 'MISS');
}

/**
 * What a `not-found` says.
 * @throws any other error
 */
function absenceIn(error: unknown): ProblemDetails {
  if (error instanceof Problem && error.kind === 'not-found') return error.details;
  throw error;
}

function worst(parts: readonly { readonly outcome: Outcome }[]): Outcome {
  const outcomes = new Set(parts.map(({ outcome }) => outcome));
  return outcomes.has('BYPASS') ? 'BYPASS' : outcomes.has('MISS') ? 'MISS' : 'HIT';
}

function answerWrite({ headers, originalUrl }: FastifyRequest, reply: FastifyReply, answer: unknown): unknown {
  reply.header('cache-control', 'no-store');
  if (!(answer instanceof RecordAnswer)) return answer;
  if (answer.location !== undefined) reply.header('location', answer.location);
  const coding = new ReadyAnswer(payloadOf(answer, originalUrl)).for(headers['accept-encoding']);
  setHeaders(reply, coding.contentHeaders);
  return coding.bytes;
}
