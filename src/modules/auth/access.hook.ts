import type { IncomingHttpHeaders } from 'node:http';
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify';
import type { Principal } from '../../common/context/principal.js';
import { RequestDeadlines } from '../../common/http/request-deadline.js';
import { hookOf } from '../../common/http/route-hooks.js';
import { Problem } from '../../common/problems/problems.js';
import type { Access } from './access.decorators.js';
import { Authenticator, type SignedIn } from './authenticator.js';
import { LoginLimiter } from './login-limiter.js';
import { TenantLimits } from './tenant-limits.js';

/**
 * Establishes who asks, whether they may, and whether they may now; nothing runs before it. A hook of Fastify rather
 * than a guard of Nest, whose pass costs more than all that is checked here.
 */
@Injectable()
export class AccessHook {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly logins: LoginLimiter,
    private readonly limits: TenantLimits,
    private readonly deadlines: RequestDeadlines,
  ) {}

  /**
   * The hook of a route that declares this; one that declares nothing is closed. It ends a request with a
   * {@link Problem}: `unauthenticated`, `forbidden`, `too-many-logins`, `quota-exceeded`, or what its deadline says.
   */
  of(access: Access | undefined): onRequestHookHandler {
    return hookOf((request, reply) => {
      const admitted = this.check(access, request, reply);
      return admitted instanceof Promise ? this.deadlines.within(request, reply, admitted) : admitted;
    });
  }

  /** Whether a route that declares this is for the principal. */
  permits(access: Access | undefined, principal: Principal): boolean {
    if (access === undefined || access === 'public') return access === 'public';
    return principal.scopes.has(access.scope) && (principal.kind === 'platform' || !access.platform);
  }

  private check(access: Access | undefined, request: FastifyRequest, reply: FastifyReply): unknown {
    if (access === undefined) throw new Problem('forbidden');
    if (access === 'public') return true;
    const credential = credentialOf(request.headers);
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
    request.principal = principal;
    // What isn't allowed counts against the limit as well.
    const admitted = this.limits.admit(signedIn, reply);
    if (this.permits(access, principal)) return admitted;
    const refused = new Problem('forbidden', {
      detail: `This needs the scope ${access.scope}${access.platform ? ' of the platform' : ''}.`,
    });
    if (admitted instanceof Promise) return admitted.then(() => Promise.reject(refused));
    throw refused;
  }
}

const unauthenticated = () =>
  new Problem('unauthenticated', { headers: { 'www-authenticate': 'Bearer realm="enterprise-service"' } });

/** `Authorization: Bearer` (RFC 6750) or `X-API-Key`. */
export function credentialOf(headers: IncomingHttpHeaders): string | undefined {
  const { authorization } = headers;
  if (authorization?.startsWith('Bearer ') && !authorization.includes(' ', 7)) return authorization.slice(7);
  if (authorization !== undefined) return /^Bearer +([^ ]+) *$/i.exec(authorization)?.[1];
  const key = headers['x-api-key'];
  return typeof key === 'string' && key !== '' ? key : undefined;
}
