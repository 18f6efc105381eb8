import type { FastifyRequest } from 'fastify';
import type { CacheRef, Outcome } from '../cache/coherent-cache.js';
import type { Versions } from '../cache/tag-versions.js';
import { Problem } from '../problems/problems.js';
import { CacheRefs } from '../resource/cache-refs.js';
import type { ResourceDefinition } from '../resource/resource.js';
import { configureRoutes } from './route-config.js';

/** What a cached route is asked for, before anything is validated. */
export interface Asked {
  readonly url: string;
  readonly params: Readonly<Record<string, string | undefined>>;
  readonly query: Readonly<Record<string, unknown>>;
}

/** What an answer of a route is cached as; `composed` of other entries, whose tags are known when it is made. */
export type CachedRoute = 'composed' | ((refs: CacheRefs, asked: Asked) => CacheRef);

/** Where an answer comes from, as `X-Cache` says it; STALE: the last known one, as nothing can be loaded. */
export type Delivery = Outcome | 'STALE';

/** What the hook has found out for the interceptor. */
export interface CacheAttempt {
  /** The client wants no cached answer (RFC 9111 5.2.1.4). */
  readonly bypass: boolean;
  /** Versions that were asked for after the request came. */
  readonly versions: Versions | undefined;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    cached?: CachedRoute;
  }
  interface FastifyRequest {
    cacheAttempt: CacheAttempt | null;
  }
}

/** The route answers one record of the resource, whole or in part. */
export const CachedRecord = (resource: ResourceDefinition) =>
  Cached((refs, { params, url }) => refs.projection(resource, params['id'] ?? '', url));

/** The route answers pages of the resource. */
export const CachedList = (resource: ResourceDefinition) =>
  Cached((refs, { query, url }) => refs.page(resource, query, url));

/** The route's answers are cached. */
export const Cached = (route: CachedRoute): MethodDecorator => configureRoutes({ cached: route });

/** That what was asked for isn't there, and where that is known from. */
export const notThere = (detail: string | undefined, outcome: Delivery): Problem =>
  new Problem('not-found', { ...(detail !== undefined && { detail }), headers: { 'x-cache': outcome } });

export function askedOf(request: FastifyRequest): Asked {
  const { params, query } = request;
  return { url: request.originalUrl, params: { ...Object(params) }, query: { ...Object(query) } };
}
