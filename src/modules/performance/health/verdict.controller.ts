import { Controller, Get, Header } from '@nestjs/common';
import { PlatformRequires, Public } from '../../auth/access.decorators.js';
import { type HealthReport, type PublicVerdict, VerdictService } from './verdict.service.js';

/** Always 200: what is asked for is the verdict, and there is one however the process fares. */
@Controller()
export class VerdictController {
  constructor(private readonly verdict: VerdictService) {}

  /** Of the process that answers. */
  @PlatformRequires('ops:read')
  @Get('performance/health')
  report(): HealthReport {
    return this.verdict.report();
  }

  /** For anybody: no names, no figures. */
  @Public()
  @Get('health/performance')
  @Header('cache-control', 'no-store')
  publicReport(): PublicVerdict {
    return this.verdict.publicReport();
  }
}
