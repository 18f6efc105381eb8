import type { Scope } from '../../common/context/principal.js';
import { configureRoutes } from '../../common/http/route-config.js';

/** What a route asks of whoever calls it. A route that doesn't say is closed to everybody. */
export type Access = 'public' | { readonly scope: Scope; readonly platform: boolean };

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
  }
}

/** A route that anybody may call. */
export const Public = () => configureRoutes({ access: 'public' });

/** A route for principals of either kind that have the scope. */
export const Requires = (scope: Scope) => configureRoutes({ access: { scope, platform: false } });

/** A route for principals of the platform that have the scope. */
export const PlatformRequires = (scope: Scope) => configureRoutes({ access: { scope, platform: true } });
