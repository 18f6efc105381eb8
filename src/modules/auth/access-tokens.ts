import { Inject, Injectable } from '@nestjs/common';
import { createRemoteJWKSet, decodeJwt, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify, SignJWT } from 'jose';
import { ObjectId } from 'mongodb';
import { isOrganizationRole, type OrganizationRole } from '../../common/context/principal.js';
import { BehindBreaker } from '../../common/resilience/behind-breaker.js';
import { Dependency } from '../../common/resilience/dependency.js';
import { CONFIGURATION } from '../../config/config.module.js';
import type { Configuration } from '../../config/configuration.js';
import { SigningKeys } from './signing-keys.js';

/** What a verified token says: which API key of ours it was issued for, or what the external issuer says. */
export type TokenClaims =
  | { readonly issuer: 'own'; readonly keyId: string; readonly expiresAtMs: number }
  | {
      readonly issuer: 'external';
      readonly subject: string;
      readonly organizationId: string;
      readonly role: OrganizationRole;
      readonly expiresAtMs: number;
    };

/** Issues and verifies short-lived tokens (RFC 7519, RFC 8037, and RFC 9068's claims where they fit). */
@Injectable()
export class AccessTokens {
  /** Where the external issuer publishes its keys, if there is one. */
  readonly issuer: Dependency | undefined;
  private readonly externalKeys: JWTVerifyGetKey | undefined;

  constructor(
    private readonly signingKeys: SigningKeys,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
  ) {
    const { externalJwksUrl } = configuration.auth;
    if (externalJwksUrl === undefined) return;
    this.externalKeys = createRemoteJWKSet(new URL(externalJwksUrl));
    this.issuer = new Dependency('token issuer', isKeysUnreadable);
  }

  /** Three base64url parts: no API key looks like that. */
  static looksLikeToken(credential: string): boolean {
    return /^[\w-]+\.[\w-]+\.[\w-]+$/.test(credential);
  }

  /** A token for the key, signed with the current key of the service. */
  async issue(keyId: string): Promise<{ readonly token: string; readonly expiresInSeconds: number }> {
    const { issuer, audience, tokenTtlSeconds } = this.configuration.auth;
    const { kid, privateKey } = await this.signingKeys.current();
    const token = await new SignJWT({})
      .setProtectedHeader({ alg: 'EdDSA', kid, typ: 'at+jwt' })
      .setIssuer(issuer)
      .setAudience(audience)
      .setSubject(keyId)
      .setJti(new ObjectId().toHexString())
      .setIssuedAt()
      .setExpirationTime(`${tokenTtlSeconds}s`)
      .sign(privateKey);
    return { token, expiresInSeconds: tokenTtlSeconds };
  }

  /**
   * The claims of a token that is ours or the external issuer's: algorithm, signature, issuer,
   * audience and times are checked. Null for any other.
   * @throws {Unavailable} when the external issuer's keys can't be read
   */
  async verify(token: string): Promise<TokenClaims | null> {
    const { issuer, audience } = this.configuration.auth;
    const own: JWTVerifyGetKey = async ({ kid = '' }) => {
      const key = await this.signingKeys.verifying(kid);
      if (key === undefined) throw new errors.JWKSNoMatchingKey();
      return key;
    };
    const ours = await verified(token, own, { issuer, audience, algorithms: ['EdDSA'], typ: 'at+jwt' });
    if (ours?.sub !== undefined && ObjectId.isValid(ours.sub)) {
      return { issuer: 'own', keyId: ours.sub, expiresAtMs: (ours.exp ?? 0) * 1000 };
    }
    return this.verifyExternal(token);
  }

  private async verifyExternal(token: string): Promise<TokenClaims | null> {
    const { externalIssuer, audience } = this.configuration.auth;
    if (this.externalKeys === undefined || externalIssuer === undefined) return null;
    // Whoever makes up tokens doesn't make us ask the issuer for its keys.
    if (!claimsIssuer(token, externalIssuer)) return null;
    const claims = await this.verifiedByIssuer(token, this.externalKeys, externalIssuer, audience);
    const { sub: subject, exp = 0, role, organization_id: organizationId } = claims ?? {};
    if (subject === undefined || typeof role !== 'string' || !isOrganizationRole(role)) return null;
    if (typeof organizationId !== 'string' || !ObjectId.isValid(organizationId)) return null;
    return { issuer: 'external', subject, organizationId: organizationId.toLowerCase(), role, expiresAtMs: exp * 1000 };
  }

  @BehindBreaker((self: AccessTokens) => self.issuer)
  private verifiedByIssuer(
    token: string,
    keys: JWTVerifyGetKey,
    issuer: string,
    audience: string,
  ): Promise<JWTPayload | null> {
    return verified(token, keys, { issuer, audience, algorithms: ['EdDSA', 'ES256', 'PS256', 'RS256'] });
  }
}

async function verified(
  token: string,
  keys: JWTVerifyGetKey,
  options: Parameters<typeof jwtVerify>[2],
): Promise<JWTPayload | null> {
  try {
    const { payload } = await jwtVerify(token, keys, { ...options, requiredClaims: ['exp', 'sub'], clockTolerance: 5 });
    return payload;
  } catch (error) {
    if (!isKeysUnreadable(error)) return null;
    throw error;
  }
}

/** What jose says of a JWKS that it can't fetch or understand, rather than of the token. */
const KEYS_UNREADABLE: ReadonlySet<string> = new Set(['ERR_JOSE_GENERIC', 'ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID']);

const isKeysUnreadable = (error: unknown): boolean =>
  !(error instanceof errors.JOSEError) || KEYS_UNREADABLE.has(error.code);

/** Unverified: for choosing whose keys to verify with. */
function claimsIssuer(token: string, issuer: string): boolean {
  try {
    return decodeJwt(token).iss === issuer;
  } catch {
    return false;
  }
}
