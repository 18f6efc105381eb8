import { createHash, timingSafeEqual } from 'node:crypto';
import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { Problem } from '../../common/http/problems.js';
import { CONFIGURATION } from '../../config/config.module.js';
import type { Configuration } from '../../config/configuration.js';
import { PUBLIC } from './public.decorator.js';

/** Lets in whoever has the platform admin's key, in time that doesn't depend on the key that is tried. */
@Injectable()
export class PlatformKeyGuard implements CanActivate {
  private readonly expected: Buffer | undefined;

  constructor(
    private readonly reflector: Reflector,
    @Inject(CONFIGURATION) { auth }: Configuration,
  ) {
    this.expected = auth.platformAdminKey === undefined ? undefined : digest(auth.platformAdminKey);
  }

  /** @throws {Problem} `unauthenticated` */
  canActivate(context: ExecutionContext): boolean {
    if (this.reflector.getAllAndOverride<boolean>(PUBLIC, [context.getHandler(), context.getClass()])) return true;
    const presented = presentedKey(context.switchToHttp().getRequest<FastifyRequest>());
    if (presented !== undefined && this.expected !== undefined && timingSafeEqual(digest(presented), this.expected)) {
      return true;
    }
    throw new Problem('unauthenticated', { headers: { 'www-authenticate': 'Bearer realm="enterprise-service"' } });
  }
}

/** `Authorization: Bearer` (RFC 6750) or `X-API-Key`. */
function presentedKey({ headers }: FastifyRequest): string | undefined {
  const bearer = /^Bearer +([^ ]+) *$/i.exec(headers.authorization ?? '')?.[1];
  const header = headers['x-api-key'];
  return bearer ?? (typeof header === 'string' ? header : undefined);
}

/** Digests have one length, as the comparison needs. */
const digest = (key: string): Buffer => createHash('sha256').update(key).digest();
