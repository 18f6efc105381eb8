import { randomBytes, timingSafeEqual } from 'node:crypto';
import { type BeforeApplicationShutdown, Inject, Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { ObjectId } from 'mongodb';
import {
  isOrganizationRole,
  isPlatformRole,
  organizationPrincipal,
  type Principal,
  platformPrincipal,
} from '../../common/context/principal.js';
import { CONFIGURATION } from '../../config/config.module.js';
import type { Configuration } from '../../config/configuration.js';
import { AccessTokens, type TokenClaims } from './access-tokens.js';
import { ApiKeysRepository } from './api-keys.repository.js';
import { type CredentialLookup, type CredentialState, CredentialStates, lookupName } from './credential-states.js';
import { digestOf } from './key-secret.js';

/** Who signed in, and the plan of its organization. */
export interface SignedIn {
  readonly principal: Principal;
  readonly tier: string | undefined;
  /** Work of the service's own, which nobody's quota is spent on. */
  readonly unlimited?: true;
}

/** What a request that this process makes of itself signs in with. */
export interface Pass {
  readonly credential: string;
  /** It is no credential any more. */
  giveBack(): void;
}

const MOST_TOKENS = 20_000;
/** With the age of a state (see CredentialStates) under the second that a revocation may take. */
const RECENT_MS = 100;
const MOST_RECENT = 10_000;
const NOTE_USE_EVERY_MS = 30_000;

/** Turns a credential, an API key or a token, into who presents it. */
@Injectable()
export class Authenticator implements BeforeApplicationShutdown {
  private readonly log = new Logger(Authenticator.name);
  private readonly platformAdmin: { readonly digest: Buffer; readonly signedIn: SignedIn } | undefined;
  private readonly states: CredentialStates;
  /** What was found a moment ago, by the credential itself, so that a busy one isn't hashed each time. */
  private readonly recent = new Map<string, { readonly signedIn: SignedIn; readonly untilMs: number }>();
  private readonly tokens = new LRUCache<string, TokenClaims>({ max: MOST_TOKENS });
  /** Made once for each state of a credential, so that a request allocates nothing. */
  private readonly signedIn = new WeakMap<CredentialState, SignedIn | null>();
  /** Digests of the credentials that have signed in here. */
  private readonly seen = new LRUCache<string, true>({ max: MOST_TOKENS });
  private readonly used = new Map<string, ObjectId>();
  private readonly passes = new Map<string, SignedIn>();
  private readonly noteUseTimer: NodeJS.Timeout;

  constructor(
    private readonly keys: ApiKeysRepository,
    private readonly accessTokens: AccessTokens,
    @Inject(CONFIGURATION) { auth }: Configuration,
  ) {
    this.states = new CredentialStates((lookups) => this.keys.states(lookups));
    if (auth.platformAdminKey !== undefined) {
      const principal = platformPrincipal('admin', 'platform-admin-key');
      this.platformAdmin = {
        digest: Buffer.from(digestOf(auth.platformAdminKey)),
        signedIn: { principal, tier: undefined },
      };
    }
    this.noteUseTimer = setInterval(() => void this.noteUse(), NOTE_USE_EVERY_MS).unref();
  }

  /** While the connection to the database is still open. */
  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.noteUseTimer);
    await this.noteUse();
  }

  /** Who presents the credential, or null; synchronously where that was established within the last second. */
  authenticate(credential: string): SignedIn | Promise<SignedIn | null> {
    const recent = this.recognise(credential);
    if (recent !== undefined) return recent;
    const passed = this.passes.get(credential);
    if (passed !== undefined) return passed;
    const digest = digestOf(credential);
    const signedIn = this.known(digest);
    if (signedIn === null) return this.establish(credential, digest);
    if (this.recent.size > MOST_RECENT) this.recent.clear();
    this.recent.set(credential, { signedIn, untilMs: performance.now() + RECENT_MS });
    return signedIn;
  }

  /** Who presents the credential, if that was established a moment ago. */
  recognise(credential: string): SignedIn | undefined {
    const recent = this.recent.get(credential);
    return recent !== undefined && performance.now() < recent.untilMs ? recent.signedIn : undefined;
  }

  private known(digest: string): SignedIn | null {
    if (this.platformAdmin !== undefined && timingSafeEqual(Buffer.from(digest), this.platformAdmin.digest)) {
      return this.platformAdmin.signedIn;
    }
    const claims = this.tokens.get(digest);
    const state = this.states.fresh(lookupName(claims === undefined ? { digest } : lookupOf(claims)));
    return state === undefined ? null : this.signedInWith(state, claims);
  }

  /** Whether this process has seen the credential before: then it is not being guessed. */
  knows(credential: string): boolean {
    return this.seen.has(digestOf(credential));
  }

  /**
   * Lets this process make a request of itself as somebody. The pass is known to nobody else, and ends when it is given
   * back: whoever borrows it does that in any case.
   */
  lend(principal: Principal): Pass {
    const credential = randomBytes(32).toString('base64url');
    this.passes.set(credential, { principal, tier: undefined, unlimited: true });
    return { credential, giveBack: () => this.passes.delete(credential) };
  }

  /** Lets a change by this process to keys or organizations count at once. */
  forget(): void {
    this.recent.clear();
    this.states.clear();
  }

  private async establish(credential: string, digest: string): Promise<SignedIn | null> {
    let claims: TokenClaims | undefined;
    if (AccessTokens.looksLikeToken(credential)) {
      const verified = await this.accessTokens.verify(credential);
      if (verified === null) return null;
      claims = verified;
      this.tokens.set(digest, claims, { ttl: Math.max(1, claims.expiresAtMs - Date.now()) });
    }
    const state = await this.states.ask(claims === undefined ? { digest } : lookupOf(claims));
    const signedIn = state === null ? null : this.signedInWith(state, claims);
    if (signedIn !== null) this.seen.set(digest, true);
    return signedIn;
  }

  private signedInWith(state: CredentialState, claims: TokenClaims | undefined): SignedIn | null {
    const now = Date.now();
    const { key, organization } = state;
    if (claims !== undefined && claims.expiresAtMs <= now) return null;
    if (organization !== undefined && !organization.active) return null;
    if (claims?.issuer === 'external') {
      if (organization === undefined) return null;
      const principal = organizationPrincipal(claims.role, `external:${claims.subject}`, organization.id);
      return { principal, tier: organization.tier };
    }
    if (key === undefined || key.revoked || (key.expiresAt !== undefined && key.expiresAt.getTime() <= now))
      return null;
    this.used.set(key.digest, key.id);
    const made = this.signedIn.get(state);
    if (made !== undefined) return made;
    const principal = principalOf(state);
    const signedIn = principal === null ? null : { principal, tier: organization?.tier };
    this.signedIn.set(state, signedIn);
    return signedIn;
  }

  private async noteUse(): Promise<void> {
    const ids = [...this.used.values()];
    this.used.clear();
    if (ids.length === 0) return;
    await this.keys.used(ids, new Date()).catch((error: unknown) => {
      this.log.warn(`the last use of ${ids.length} keys could not be noted: ${String(error)}`);
    });
  }
}

const lookupOf = (claims: TokenClaims): CredentialLookup =>
  claims.issuer === 'own' ? { keyId: claims.keyId } : { organizationId: claims.organizationId };

function principalOf({ key, organization }: CredentialState): Principal | null {
  if (key === undefined) return null;
  const keyId = key.id.toHexString();
  if (key.ofPlatform) return isPlatformRole(key.role) ? platformPrincipal(key.role, keyId) : null;
  return organization !== undefined && isOrganizationRole(key.role)
    ? organizationPrincipal(key.role, keyId, organization.id)
    : null;
}
