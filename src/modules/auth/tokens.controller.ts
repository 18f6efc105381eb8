import { Body, Controller, Headers, HttpCode, Ip, Post } from '@nestjs/common';
import { ObjectId } from 'mongodb';
import type { z } from 'zod';
import { Problem } from '../../common/problems/problems.js';
import { PlatformRequires, Public } from './access.decorators.js';
import { AccessTokens } from './access-tokens.js';
import { Authenticator } from './authenticator.js';
import { LoginLimiter } from './login-limiter.js';
import { SigningKeys } from './signing-keys.js';
import { type tokenAnswer, tokenBody } from './token-request.js';

@Controller('auth')
export class TokensController {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly accessTokens: AccessTokens,
    private readonly signingKeys: SigningKeys,
    private readonly logins: LoginLimiter,
  ) {}

  @Public()
  @Post('token')
  @HttpCode(200)
  async token(
    @Body({ schema: tokenBody }) body: z.output<typeof tokenBody>,
    @Headers('authorization') authorization: string | undefined,
    @Ip() address: string,
  ): Promise<z.output<typeof tokenAnswer>> {
    const { id, secret } = basicCredentials(authorization) ?? { id: body.client_id, secret: body.client_secret };
    const signedIn = await this.logins.guard(address, this.identify(id, secret));
    if (signedIn === null) throw invalidClient();
    const { token, expiresInSeconds } = await this.accessTokens.issue(signedIn.principal.keyId);
    return {
      access_token: token,
      token_type: 'Bearer',
      expires_in: expiresInSeconds,
      scope: [...signedIn.principal.scopes].join(' '),
    };
  }

  /** Signs with a new key from now on; tokens of the old one stay valid until they expire. */
  @PlatformRequires('keys:manage')
  @Post('signing-keys/rotate')
  rotate() {
    return this.signingKeys.rotate();
  }

  private async identify(id: string | undefined, secret: string | undefined) {
    if (id === undefined || secret === undefined || AccessTokens.looksLikeToken(secret)) return null;
    const signedIn = await this.authenticator.authenticate(secret);
    // The platform admin's key of the configuration has no record that a token could be checked against.
    return signedIn !== null && signedIn.principal.keyId === id && ObjectId.isValid(id) ? signedIn : null;
  }
}

function basicCredentials(
  authorization: string | undefined,
): { readonly id: string; readonly secret: string } | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/=]+)$/i.exec(authorization ?? '')?.[1];
  const [id, secret] = encoded === undefined ? [] : Buffer.from(encoded, 'base64').toString().split(':', 2);
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

const invalidClient = (): Problem =>
  new Problem('unauthenticated', {
    detail: 'client_id must be the id of an API key and client_secret that key.',
    // RFC 6749 5.2 beside RFC 9457.
    extensions: { error: 'invalid_client' },
    headers: { 'www-authenticate': 'Basic realm="enterprise-service"' },
  });
