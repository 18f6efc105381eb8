import 'reflect-metadata';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import type { FastifyRequest } from 'fastify';
import { Problem } from '../problems/problems.js';

/** Refuses query parameters on routes that read none; routes that do validate their own. */
@Injectable()
export class KnownQueryGuard implements CanActivate {
  private readonly readsQuery = new WeakMap<object, boolean>();

  /** @throws {Problem} `validation-failed` */
  canActivate(context: ExecutionContext): boolean {
    const names = Object.keys(context.switchToHttp().getRequest<FastifyRequest>().query ?? {});
    if (names.length === 0 || this.handlerReadsQuery(context)) return true;
    throw new Problem('validation-failed', {
      errors: names.map((name) => ({ parameter: name, message: 'is not known' })),
    });
  }

  private handlerReadsQuery(context: ExecutionContext): boolean {
    const handler = context.getHandler();
    const known = this.readsQuery.get(handler);
    if (known !== undefined) return known;
    const args: unknown = Reflect.getMetadata(ROUTE_ARGS_METADATA, context.getClass(), handler.name);
    const reads = Object.keys(args ?? {}).some((key) => key.startsWith(`${RouteParamtypes.QUERY}:`));
    this.readsQuery.set(handler, reads);
    return reads;
  }
}
