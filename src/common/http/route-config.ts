import { RouteConfig } from '@nestjs/platform-fastify';
import { FASTIFY_ROUTE_CONFIG_METADATA } from '@nestjs/platform-fastify/constants.js';
import type { FastifyContextConfig } from 'fastify';

/**
 * Adds to a route's Fastify config, which is where the hooks of a route learn what it declares. On a controller it
 * holds for those of its routes that don't say otherwise.
 */
export function configureRoutes(part: FastifyContextConfig): MethodDecorator & ClassDecorator {
  return (target: object, _name?: string | symbol, descriptor?: PropertyDescriptor) => {
    if (descriptor !== undefined) configure(descriptor.value, (known) => ({ ...known, ...part }));
    else if (typeof target === 'function') {
      for (const method of methodsOf(target.prototype)) configure(method, (known) => ({ ...part, ...known }));
    }
  };
}

function configure(method: object, change: (known: FastifyContextConfig) => FastifyContextConfig): void {
  RouteConfig(change(routeConfigOf(method)))(Object, '', { value: method });
}

const methodsOf = (prototype: object): readonly object[] =>
  Object.entries(Object.getOwnPropertyDescriptors(prototype)).flatMap(([name, { value }]) =>
    name === 'constructor' || typeof value !== 'function' ? [] : [value],
  );

/** Whether a route is for those who run the service, who must get through when nobody else does. */
export const isForOperators = ({ access }: FastifyContextConfig): boolean =>
  access !== undefined && access !== 'public' && access.scope.startsWith('ops:');

/** What a method of a controller declares of its route. */
export const routeConfigOf = (method: object): FastifyContextConfig =>
  Reflect.getMetadata(FASTIFY_ROUTE_CONFIG_METADATA, method) ?? {};
