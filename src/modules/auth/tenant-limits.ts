import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Problem } from '../../common/problems/problems.js';
import type { RateDecision, RatePolicy } from '../../common/rate-limit/gcra.js';
import { policyHeader, rateLimitHeader } from '../../common/rate-limit/rate-limit-headers.js';
import { RateLimiter } from '../../common/rate-limit/rate-limiter.js';
import { CONFIGURATION } from '../../config/config.module.js';
import type { Configuration } from '../../config/configuration.js';
import type { SignedIn } from './authenticator.js';

/** A policy with its header, made once. */
interface Limit {
  readonly name: 'tenant' | 'key';
  readonly policy: RatePolicy;
  readonly header: string;
}

interface AppliedLimit {
  readonly bucket: string;
  readonly limit: Limit;
}

interface Plan {
  readonly limits: readonly AppliedLimit[];
}

const NO_HEADERS: readonly string[] = [];

const limitOf = (name: Limit['name'], quota: number): Limit | undefined => {
  if (quota === 0) return undefined;
  const policy = { quota, windowSeconds: 60 };
  return { name, policy, header: policyHeader(name, policy) };
};

/** How often tenants and keys may call, by the tier of the tenant. Principals of the platform are bound by their key's limit alone. */
@Injectable()
export class TenantLimits {
  private readonly tenant: Limit | undefined;
  private readonly tiers: ReadonlyMap<string, Limit | undefined>;
  private readonly key: Limit | undefined;
  private readonly plans = new WeakMap<SignedIn, Plan>();

  constructor(
    private readonly limiter: RateLimiter,
    @Inject(CONFIGURATION) { rateLimits }: Configuration,
  ) {
    const on = rateLimits.tenantPerMinute > 0;
    this.tenant = limitOf('tenant', rateLimits.tenantPerMinute);
    this.tiers = new Map(
      Object.entries(rateLimits.tiers).map(([tier, quota]) => [tier, on ? limitOf('tenant', quota) : undefined]),
    );
    this.key = limitOf('key', rateLimits.keyPerMinute);
  }

  /** @throws {Problem} `quota-exceeded` */
  admit(signedIn: SignedIn, reply: FastifyReply): boolean | Promise<boolean> {
    const { limits } = this.plans.get(signedIn) ?? this.plan(signedIn);
    const [first, second] = limits;
    if (first === undefined) return true;
    const one = this.limiter.take(first.bucket, first.limit.policy);
    if (second === undefined) {
      return one instanceof Promise
        ? one.then((decision) => conclude(reply, first, decision))
        : conclude(reply, first, one);
    }
    const both = [one, this.limiter.take(second.bucket, second.limit.policy)];
    return Promise.all(both).then((decisions) => concludeAll(reply, limits, decisions));
  }

  /**
   * The headers of a request that is admitted at once, out of what was taken ahead; undefined when {@link admit} has to
   * decide.
   */
  admitAhead(signedIn: SignedIn): readonly string[] | undefined {
    const { limits } = this.plans.get(signedIn) ?? this.plan(signedIn);
    const [only, second] = limits;
    if (only === undefined) return NO_HEADERS;
    const decision = second === undefined ? this.limiter.takeAhead(only.bucket, only.limit.policy) : undefined;
    if (decision === undefined) return undefined;
    return ['ratelimit-policy', only.limit.header, 'ratelimit', rateLimitHeader(only.limit.name, decision)];
  }

  /** What limits whoever has signed in; worked out once, not for each request. */
  private plan(signedIn: SignedIn): Plan {
    const { principal, tier, unlimited } = signedIn;
    const tenant = principal.kind === 'organization' ? principal.tenant : undefined;
    const ofTenant = tenant === undefined ? undefined : this.limitOfTier(tier);
    const limits: AppliedLimit[] = [];
    if (unlimited) return { limits };
    if (ofTenant !== undefined) limits.push({ bucket: `{${tenant}}:rate`, limit: ofTenant });
    if (this.key !== undefined) limits.push({ bucket: `{${principal.keyId}}:rate`, limit: this.key });
    const plan = { limits };
    this.plans.set(signedIn, plan);
    return plan;
  }

  private limitOfTier(tier: string | undefined): Limit | undefined {
    return tier !== undefined && this.tiers.has(tier) ? this.tiers.get(tier) : this.tenant;
  }
}

/** @throws {Problem} `quota-exceeded` */
function conclude(reply: FastifyReply, { limit }: AppliedLimit, decision: RateDecision): boolean {
  reply.header('ratelimit-policy', limit.header).header('ratelimit', rateLimitHeader(limit.name, decision));
  if (!decision.allowed) throw quotaExceeded([{ limit, decision }]);
  return true;
}

/** @throws {Problem} `quota-exceeded` */
function concludeAll(
  reply: FastifyReply,
  limits: readonly AppliedLimit[],
  decisions: readonly RateDecision[],
): boolean {
  const applied = limits.flatMap(({ limit }, index) => {
    const decision = decisions[index];
    return decision === undefined ? [] : [{ limit, decision }];
  });
  reply
    .header('ratelimit-policy', applied.map(({ limit }) => limit.header).join(', '))
    .header('ratelimit', applied.map(({ limit, decision }) => rateLimitHeader(limit.name, decision)).join(', '));
  const violated = applied.filter(({ decision }) => !decision.allowed);
  if (violated.length > 0) throw quotaExceeded(violated);
  return true;
}

function quotaExceeded(violated: readonly { readonly limit: Limit; readonly decision: RateDecision }[]): Problem {
  const seconds = Math.max(...violated.map(({ decision }) => decision.resetSeconds));
  return new Problem('quota-exceeded', {
    detail: `Try again in ${seconds} s.`,
    extensions: { 'violated-policies': violated.map(({ limit }) => limit.name) },
    headers: { 'retry-after': String(seconds) },
  });
}
