import { Controller, Get } from '@nestjs/common';
import { PlatformRequires } from '../auth/access.decorators.js';
import { type ResilienceReport, ResilienceService } from './resilience.service.js';

@Controller('performance')
export class ResilienceController {
  constructor(private readonly resilience: ResilienceService) {}

  /** Of the process that answers. */
  @PlatformRequires('ops:read')
  @Get('resilience')
  report(): ResilienceReport {
    return this.resilience.report();
  }
}
