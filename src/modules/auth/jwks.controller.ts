import { Controller, Get } from '@nestjs/common';
import { Public } from './access.decorators.js';
import { SigningKeys } from './signing-keys.js';

/** The public keys of the service's tokens, outside of `/api/v1` (RFC 8615). */
@Public()
@Controller('.well-known')
export class JwksController {
  constructor(private readonly signingKeys: SigningKeys) {}

  @Get('jwks.json')
  keys() {
    return this.signingKeys.published();
  }
}
