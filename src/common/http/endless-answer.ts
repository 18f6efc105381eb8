import { configureRoutes } from './route-config.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The answer goes on until its client leaves: it is answered, and counted, when it begins. */
    endless?: boolean;
  }
}

/** The route's answers go on until their clients leave: deadlines and durations are of their beginning. */
export const Endless = () => configureRoutes({ endless: true });
