import { Controller, Get, Header, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Public } from '../auth/access.decorators.js';
import { HealthService } from './health.service.js';

/** The probes of an orchestrator, outside of `/api/v1`. */
@Public()
@Controller()
export class HealthController {
  constructor(private readonly health: HealthService) {}

  /** The process turns its event loop; what it depends on doesn't matter here. */
  @Get('livez')
  @Header('cache-control', 'no-store')
  live() {
    return { status: 'ok' };
  }

  /** The next request can be answered: 503 without MongoDB; without Redis it is only degraded. */
  @Get('readyz')
  @Header('cache-control', 'no-store')
  async ready(@Res({ passthrough: true }) reply: FastifyReply) {
    const readiness = await this.health.readiness();
    reply.status(readiness.status === 'unavailable' ? 503 : 200);
    return readiness;
  }
}
