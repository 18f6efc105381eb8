import type {
  FastifyContextConfig,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  onRequestHookHandler,
} from 'fastify';

/** The hooks of a route that declares this, in the order in which they run. */
type HooksOf = (config: FastifyContextConfig) => readonly onRequestHookHandler[];

/** A hook that does this work, at once or not, and goes on; what the work throws ends the request. */
export const hookOf =
  (work: (request: FastifyRequest, reply: FastifyReply) => unknown): onRequestHookHandler =>
  (request, reply, done) => {
    let pending: unknown;
    try {
      pending = work(request, reply);
    } catch (error) {
      return done(asError(error));
    }
    if (pending instanceof Promise) pending.then(() => done(), done);
    else done();
  };

/** Fastify takes nothing else. */
export const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)));

/**
 * Gives each route that is added from now on its own hooks: what it declares is looked up once, not for each request.
 */
export function hookRoutes(fastify: FastifyInstance, hooksOf: HooksOf): void {
  fastify.addHook('onRoute', (route) => {
    const own = [route.onRequest ?? []].flat();
    route.onRequest = [...hooksOf(route.config ?? {}), ...own];
  });
}
