import 'reflect-metadata';
import { RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { ModulesContainer } from '@nestjs/core';
import { routeConfigOf } from '../../src/common/http/route-config.js';
import type { Access } from '../../src/modules/auth/access.decorators.js';
import type { TestService } from '../support/service.js';

/** What each route of the service asks of its caller, by `METHOD /path/{id}`, as its decorators say. */
export function routeAccess({ app }: TestService): ReadonlyMap<string, Access | undefined> {
  const controllers = [...app.get(ModulesContainer).values()].flatMap((module) => [...module.controllers.values()]);
  return new Map(controllers.flatMap(({ metatype }) => (typeof metatype === 'function' ? routesOf(metatype) : [])));
}

function routesOf(controller: object & { readonly prototype?: object }): (readonly [string, Access | undefined])[] {
  const prototype = controller.prototype ?? {};
  const base = String(Reflect.getMetadata(PATH_METADATA, controller));
  return Object.getOwnPropertyNames(prototype).flatMap((name) => {
    const handler: unknown = Reflect.get(prototype, name);
    if (typeof handler !== 'function' || !Reflect.hasMetadata(METHOD_METADATA, handler)) return [];
    const method = RequestMethod[Reflect.getMetadata(METHOD_METADATA, handler)];
    const path = `/${base}/${Reflect.getMetadata(PATH_METADATA, handler)}`
      .replace(/\/+/g, '/')
      .replace(/(?<=.)\/$/, '');
    return [[`${method} ${prefixed(path).replace(/:(\w+)/g, '{$1}')}`, routeConfigOf(handler).access] as const];
  });
}

const OUTSIDE = ['/livez', '/readyz', '/metrics', '/.well-known/'];

const prefixed = (path: string): string =>
  OUTSIDE.some((outside) => path.startsWith(outside)) ? path : `/api/v1${path}`;
