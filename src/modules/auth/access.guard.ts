import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { requestContext } from '../../common/context/request-context.js';
import { Problem } from '../../common/problems/problems.js';
import { ACCESS, type Access } from './access.decorators.js';
import { Authenticator, type SignedIn } from './authenticator.js';
import { LoginLimiter } from './login-limiter.js';
import { TenantLimits } from './tenant-limits.js';

/** Establishes who asks, whether they may, and whether they may now; nothing runs before it. */
@Injectable()
export class AccessGuard implements CanActivate {
  private readonly accessOf = new WeakMap<object, Access>();

  constructor(
    private readonly authenticator: Authenticator,
    private readonly logins: LoginLimiter,
    private readonly limits: TenantLimits,
  ) {}

  /** @throws {Problem} `unauthenticated`, `forbidden`, `too-many-logins`, `quota-exceeded`, `overloaded` */
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const access = this.access(context);
    if (access === 'public') return true;
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const credential = credentialOf(request);
    if (credential === undefined) throw unauthenticated();
    const signedIn = this.authenticator.authenticate(credential);
    return signedIn instanceof Promise
      ? this.logins
          .guard(request.ip, signedIn, this.authenticator.knows(credential))
          .then((established) => this.admit(established, access, request, reply))
      : this.admit(signedIn, access, request, reply);
  }

  private admit(
    signedIn: SignedIn | null,
    access: Exclude<Access, 'public'>,
    request: FastifyRequest,
    reply: FastifyReply,
  ): boolean | Promise<boolean> {
    if (signedIn === null) throw unauthenticated();
    const { principal } = signedIn;
    requestContext().principal = principal;
    // What isn't allowed counts against the limit as well.
    const admitted = this.limits.admit(signedIn, request, reply);
    if (principal.scopes.has(access.scope) && (principal.kind === 'platform' || !access.platform)) return admitted;
    const refused = new Problem('forbidden', {
      detail: `This needs the scope ${access.scope}${access.platform ? ' of the platform' : ''}.`,
    });
    if (admitted instanceof Promise) return admitted.then(() => Promise.reject(refused));
    throw refused;
  }

  private access(context: ExecutionContext): Access {
    const handler = context.getHandler();
    const known = this.accessOf.get(handler);
    if (known !== undefined) return known;
    const access: Access | undefined =
      Reflect.getMetadata(ACCESS, handler) ?? Reflect.getMetadata(ACCESS, context.getClass());
    if (access === undefined) throw new Problem('forbidden');
    this.accessOf.set(handler, access);
    return access;
  }
}

const unauthenticated = () =>
  new Problem('unauthenticated', { headers: { 'www-authenticate': 'Bearer realm="enterprise-service"' } });

/** `Authorization: Bearer` (RFC 6750) or `X-API-Key`. */
function credentialOf({ headers }: FastifyRequest): string | undefined {
  const { authorization } = headers;
  if (authorization?.startsWith('Bearer ') && !authorization.includes(' ', 7)) return authorization.slice(7);
  if (authorization !== undefined) return /^Bearer +([^ ]+) *$/i.exec(authorization)?.[1];
  const key = headers['x-api-key'];
  return typeof key === 'string' && key !== '' ? key : undefined;
}
