import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify';

import { CONFIGURATION } from '../../config/config.module.js';
import type { Configuration } from '../../config/configuration.js';
import { Cache } from '../cache/create-cache.js';
import type { Entry } from '../cache/memory-tier.js';
import type { Versions } from '../cache/tag-versions.js';
import { Problem } from '../problems/problems.js';
import { answerKey } from '../resource/cache-refs.js';
import { viewerOf } from '../tenancy/viewer.js';
import type { CacheAttempt } from './cached-route.js';
import { isKnown, ReadyAnswer, VARY, varyWith } from './ready-answer.js';

type Done = Parameters<onRequestHookHandler>[2];

const PLAIN: CacheAttempt = { bypass: false, versions: undefined };
const BYPASS: CacheAttempt = { bypass: true, versions: undefined };

/**
 * Answers from this process's memory, before Nest sees the request: a hit is a look-up, a comparison of versions that
 * all requests of the turn share, and bytes out. All else goes on to the interceptor.
 */
@Injectable()
export class CachedAnswers {
  /** CORS has said something of each answer before. */
  private readonly othersSetHeaders: boolean;

  constructor(
    private readonly cache: Cache,
    @Inject(CONFIGURATION) { http }: Configuration,
  ) {
    this.othersSetHeaders = http.corsOrigins.length > 0;
  }

  /** For routes whose answers are cached; after the hook that says who asks. */
  readonly onRequest: onRequestHookHandler = (request, reply, done) => {
    request.cacheAttempt = PLAIN;
    const { principal } = request;
    if (principal === null) return done();
    if (wantsNoCache(request)) {
      request.cacheAttempt = BYPASS;
      return done();
    }
    const key = answerKey(viewerOf(principal), request.originalUrl);
    const entry = this.cache.reads.peek(key);
    if (entry === undefined) return done();
    if (this.cache.reads.holds(entry)) return this.answer(request, reply, done, key, entry);
    this.cache.reads.confirm(entry).then((confirmed) => {
      if (confirmed === true) return this.answer(request, reply, done, key, entry);
      request.cacheAttempt = { bypass: false, versions: this.usable(confirmed, entry) };
      done();
    }, done);
  };

  private answer(request: FastifyRequest, reply: FastifyReply, done: Done, key: string, entry: Entry): void {
    entry.hits += 1;
    entry.statistics.hits += 1;
    const { absent } = entry.payload;
    if (absent === undefined) this.send(request, reply, key, entry);
    else done(new Problem('not-found', { detail: absent, headers: { 'x-cache': 'HIT' } }));
  }

  /** A composed answer is made of other tags than those that its old entry had. */
  private usable(versions: Versions | undefined, entry: Entry): Versions | undefined {
    return entry.composed ? undefined : versions;
  }

  /** Past Fastify's own sending, whose hooks and headers cost as much as all of this. */
  private send(request: FastifyRequest, reply: FastifyReply, key: string, entry: Entry): void {
    const ready = this.ready(key, entry).for(request.headers['accept-encoding']);
    const known = isKnown(request.headers['if-none-match'], ready.etag);
    const headers = [...(known ? ready.unchanged : ready.headers), 'x-cache', 'HIT'];
    headers.push('x-correlation-id', request.id, 'x-response-time', `${reply.elapsedTime.toFixed(1)}ms`);
    if (this.othersSetHeaders) addHeaders(headers, reply);
    else headers.push('vary', VARY);
    const limit = reply.getHeader('ratelimit');
    if (limit !== undefined) {
      headers.push('ratelimit', String(limit), 'ratelimit-policy', String(reply.getHeader('ratelimit-policy')));
    }
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(known ? 304 : 200, headers);
    if (known || request.method === 'HEAD') raw.end();
    else raw.end(ready.text, 'latin1');
  }

  private ready(key: string, entry: Entry): ReadyAnswer {
    const { prepared } = entry;
    if (prepared instanceof ReadyAnswer) return prepared;
    const made = new ReadyAnswer(entry.payload, () => this.cache.memory.grown(key, entry));
    entry.prepared = made;
    return made;
  }
}

function addHeaders(headers: string[], reply: FastifyReply): void {
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (!name.startsWith('ratelimit') && name !== 'vary') headers.push(name, String(value));
  }
  headers.push('vary', varyWith(reply.getHeader('vary')));
}

/** Not where it asks whether what it has still holds, as `fetch` then adds `no-cache` (Fetch standard): all hits hold. */
function wantsNoCache({ headers }: FastifyRequest): boolean {
  const wanted = headers['cache-control'];
  return wanted !== undefined && headers['if-none-match'] === undefined && /\bno-(?:cache|store)\b/i.test(wanted);
}
