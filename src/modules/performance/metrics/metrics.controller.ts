import { Controller, Get, Headers, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { PlatformRequires } from '../../auth/access.decorators.js';
import { formatFor } from './exposition.js';
import { MetricsService } from './metrics.service.js';

/** For Prometheus, where it looks for it: outside of `/api/v1`. */
@Controller()
export class MetricsController {
  constructor(private readonly metrics: MetricsService) {}

  @PlatformRequires('ops:read')
  @Get('metrics')
  scrape(
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const format = formatFor(accept);
    reply.header('content-type', format).header('vary', 'Accept');
    return this.metrics.scrape(format);
  }
}
