import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify';
import { CONFIGURATION } from '../../config/config.module.js';
import type { Configuration } from '../../config/configuration.js';
import { Cache } from '../cache/create-cache.js';
import type { Entry } from '../cache/memory-tier.js';
import type { Versions } from '../cache/tag-versions.js';
import type { Principal } from '../context/principal.js';
import { RequestLog } from '../observability/request-log.js';
import { RequestMetrics, routeOf } from '../observability/request-metrics.js';
import { answerKey } from '../resource/cache-refs.js';
import { viewerOf } from '../tenancy/viewer.js';
import { type CacheAttempt, notThere } from './cached-route.js';
import { CLIENT_GONE } from './measured-requests.js';
import { isKnown, ReadyAnswer, VARY, varyWith } from './ready-answer.js';
import { RequestDeadlines } from './request-deadline.js';
import { ReadyHeads } from './response-head.js';

/** Whether the route of an answer lets the principal read it. */
export type Permits = (principal: Principal) => boolean;

/** What is made of an entry when it is first served over HTTP. */
class HttpEntry {
  constructor(
    readonly ready: ReadyAnswer,
    readonly permits: Permits,
    /** The path of its route, as Fastify has it. */
    readonly path: string | undefined,
  ) {}
}

/** An entry that can go out at once. */
export interface Sendable {
  readonly entry: Entry;
  readonly prepared: HttpEntry;
}

const PLAIN: CacheAttempt = { bypass: false, versions: undefined };
const BYPASS: CacheAttempt = { bypass: true, versions: undefined };

/**
 * Answers from this process's memory, before Nest sees the request: a look-up, a comparison, and bytes out. All else
 * goes on to the interceptor.
 */
@Injectable()
export class CachedAnswers {
  /** CORS says something of each answer, and by its origin. */
  readonly othersSetHeaders: boolean;
  private readonly measures: boolean;
  private readonly heads: ReadyHeads;
  /** Versions that were asked for when a request had come, and that showed its entry to be void. */
  private readonly asked = new WeakMap<IncomingMessage, Versions>();

  constructor(
    private readonly cache: Cache,
    private readonly deadlines: RequestDeadlines,
    private readonly metrics: RequestMetrics,
    private readonly log: RequestLog,
    @Inject(CONFIGURATION) { http, metrics: { enabled } }: Configuration,
  ) {
    this.measures = enabled;
    this.heads = new ReadyHeads(http.keepAliveMs);
    this.othersSetHeaders = http.corsOrigins.length > 0;
  }

  /** The hook of a route whose answers are cached; after the one that says who asks. */
  of(permits: Permits): onRequestHookHandler {
    return (request, reply, done) => {
      request.cacheAttempt = PLAIN;
      const { principal } = request;
      if (principal === null) return done();
      if (wantsNoCache(request.headers)) {
        request.cacheAttempt = BYPASS;
        return done();
      }
      const key = answerKey(viewerOf(principal), request.originalUrl);
      const entry = this.cache.reads.peek(key);
      if (entry === undefined) return done();
      const answer = () => {
        // Its client has left meanwhile, and that was counted.
        if (request.counted) return;
        const { absent } = entry.payload;
        if (absent === undefined) {
          reply.hijack();
          request.span?.setAttribute('cache.outcome', 'HIT');
          request.counted = true;
          const prepared = this.prepared(key, entry, permits, request.routeOptions.url);
          const begunMs = performance.now() - reply.elapsedTime;
          this.send({ entry, prepared }, request.raw, reply.raw, request.id, begunMs, this.headersOf(reply));
        } else {
          this.count(entry);
          done(notThere(absent, 'HIT'));
        }
      };
      const asked = this.asked.get(request.raw);
      if (asked !== undefined) {
        // The front door has asked, after the request had come.
        request.cacheAttempt = { bypass: false, versions: entry.composed ? undefined : asked };
        return done();
      }
      if (this.cache.reads.holds(entry)) return answer();
      this.inTime(this.cache.reads.confirm(entry), request, reply).then((confirmed) => {
        if (confirmed === true) return answer();
        // A composed answer is made of other tags than those that its old entry had.
        request.cacheAttempt = { bypass: false, versions: entry.composed ? undefined : confirmed };
        done();
      }, done);
    };
  }

  /** Redis answers within half a second, or is given up: only who is in a greater hurry needs a deadline for that. */
  private inTime<T>(asking: Promise<T>, request: FastifyRequest, reply: FastifyReply): Promise<T> {
    const hurried = request.headers['x-request-timeout'] !== undefined;
    return hurried ? this.deadlines.within(request, reply, asking) : asking;
  }

  /** What can be sent to the principal if it still holds; only what has been served by its route before. */
  find(principal: Principal, { url, headers }: IncomingMessage): Sendable | undefined {
    const entry = this.cache.reads.peek(answerKey(viewerOf(principal), url ?? ''));
    const prepared = entry?.prepared;
    if (entry === undefined || !(prepared instanceof HttpEntry) || !prepared.permits(principal)) return undefined;
    return wantsNoCache(headers) ? undefined : { entry, prepared };
  }

  /** Whether it is known to hold at this moment. */
  holds({ entry }: Sendable): boolean {
    return this.cache.reads.holds(entry);
  }

  /** Asks whether it holds. The hook of its route, if the request goes there after all, doesn't ask again. */
  whenConfirmed({ entry }: Sendable, request: IncomingMessage, tell: (holds: boolean) => void): void {
    this.cache.reads.whenConfirmed(entry, (held) => {
      if (held !== true && held !== undefined) this.asked.set(request, held);
      tell(held === true);
    });
  }

  /**
   * Past Fastify's own sending, whose hooks and headers cost as much as all of this.
   * @param further names and values of headers
   */
  send(
    { entry, prepared: { ready, path } }: Sendable,
    { headers, method = '' }: IncomingMessage,
    response: ServerResponse,
    correlationId: string,
    begunMs: number,
    further: readonly string[],
  ): void {
    if (response.destroyed) {
      this.countGone(method, path, begunMs);
      return;
    }
    this.count(entry);
    const coding = ready.for(headers['accept-encoding']);
    const known = isKnown(headers['if-none-match'], coding.etag);
    const head = known ? coding.unchanged : coding.head;
    const { status } = head;
    const elapsedMs = performance.now() - begunMs;
    const own = ['x-cache', 'HIT', 'x-correlation-id', correlationId, 'x-response-time', `${elapsedMs.toFixed(1)}ms`];
    this.heads.write(response, head, own.concat(further));
    const empty = known || method === 'HEAD';
    if (empty) response.end();
    else response.end(coding.text, 'latin1');
    const ms = performance.now() - begunMs;
    const bytes = empty ? 0 : coding.bytes.length;
    if (this.measures) this.metrics.of(method, path).record(status, ms, bytes, 0, true);
    if (!this.log.enabledFor(true)) return;
    const route = routeOf(path);
    this.log.line({ method, route, status, ms, bytes, queries: 0, correlationId, cache: 'HIT' }, true);
  }

  private countGone(method: string, path: string | undefined, begunMs: number): void {
    if (this.measures) this.metrics.of(method, path).record(CLIENT_GONE, performance.now() - begunMs, 0, 0);
  }

  private count(entry: Entry): void {
    entry.hits += 1;
    entry.statistics.hits += 1;
  }

  private headersOf(reply: FastifyReply): readonly string[] {
    const others = Object.entries(reply.getHeaders()).filter(([name]) => name !== 'vary');
    const vary = this.othersSetHeaders ? varyWith(reply.getHeader('vary')) : VARY;
    return [...others.flatMap(([name, value]) => [name, String(value)]), 'vary', vary];
  }

  private prepared(key: string, entry: Entry, permits: Permits, path: string | undefined): HttpEntry {
    if (entry.prepared instanceof HttpEntry) return entry.prepared;
    const ready = new ReadyAnswer(entry.payload, () => this.cache.memory.grown(key, entry));
    const prepared = new HttpEntry(ready, permits, path);
    entry.prepared = prepared;
    return prepared;
  }
}

/** Not where it asks whether what it has still holds, as `fetch` then adds `no-cache` (Fetch standard): all hits hold. */
function wantsNoCache(headers: IncomingHttpHeaders): boolean {
  const wanted = headers['cache-control'];
  return wanted !== undefined && headers['if-none-match'] === undefined && /\bno-(?:cache|store)\b/i.test(wanted);
}
