import { createHash } from 'node:crypto';
import { Controller, Get, Headers, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { noneMatchNames } from '../../common/http/conditional.js';
import { Public } from '../auth/access.decorators.js';
import { apiDocument } from './api-document.js';

@Public()
@Controller('openapi.json')
export class OpenApiController {
  private readonly bytes = Buffer.from(JSON.stringify(apiDocument()));
  private readonly tag = `"${createHash('sha256').update(this.bytes).digest('base64url').slice(0, 22)}"`;

  /** The description of the API, as bytes that were made at the start. */
  @Get()
  document(
    @Headers('if-none-match') known: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Buffer | undefined {
    reply.header('etag', this.tag);
    if (known !== undefined && noneMatchNames(known, this.tag)) {
      reply.status(304);
      return undefined;
    }
    reply.header('content-type', 'application/json; charset=utf-8');
    return this.bytes;
  }
}
