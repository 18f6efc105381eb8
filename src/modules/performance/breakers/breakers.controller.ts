import { Controller, Get } from '@nestjs/common';
import { PlatformRequires } from '../../auth/access.decorators.js';
import { type BreakersReport, BreakersService } from './breakers.service.js';

@Controller('performance')
export class BreakersController {
  constructor(private readonly breakers: BreakersService) {}

  /** Of the process that answers. */
  @PlatformRequires('ops:read')
  @Get('circuit-breakers')
  report(): BreakersReport {
    return this.breakers.report();
  }
}
