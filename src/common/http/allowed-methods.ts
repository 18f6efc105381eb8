import type { FastifyContextConfig, FastifyInstance, HTTPMethods } from 'fastify';
import { Problem } from '../problems/problems.js';
import { answerProblem } from './problem.filter.js';

/** The methods of each path, by its pattern. */
export type RouteTable = ReadonlyMap<string, ReadonlySet<string>>;

/** Collects the routes that are added from now on. */
export function collectRoutes(fastify: FastifyInstance): RouteTable {
  const routes = new Map<string, Set<string>>();
  fastify.addHook('onRoute', ({ url, method }) => {
    const methods = routes.get(url) ?? new Set();
    for (const name of [method].flat()) methods.add(name);
    routes.set(url, methods);
  });
  return routes;
}

const METHODS: readonly HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/**
 * Answers 405 with `Allow` (RFC 9110 15.5.6) where a path has routes, but none for the method. To be
 * called when all routes are known and before the server listens.
 */
export function refuseOtherMethods(fastify: FastifyInstance, routes: RouteTable, config: FastifyContextConfig): void {
  for (const [url, known] of [...routes].filter(([path]) => !path.includes('*'))) {
    const allow = [...known].join(', ');
    const others = METHODS.filter((method) => !known.has(method));
    if (others.length === 0) continue;
    fastify.route({
      method: others,
      url,
      config,
      // Before the body is parsed: the method is refused whatever the body is.
      onRequest: (request, reply) =>
        answerProblem(new Problem('method-not-allowed', { headers: { allow } }), request, reply),
      handler: () => undefined,
    });
  }
}
