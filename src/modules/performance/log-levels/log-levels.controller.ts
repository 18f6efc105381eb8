import { Body, Controller, Get, Put } from '@nestjs/common';
import { PlatformRequires } from '../../auth/access.decorators.js';
import { type LogLevelBody, logLevelBody } from './log-levels.bodies.js';
import { type LogLevelsReport, LogLevelsService } from './log-levels.service.js';

/** Of the process that answers. */
@Controller('performance/log-levels')
export class LogLevelsController {
  constructor(private readonly levels: LogLevelsService) {}

  @PlatformRequires('ops:read')
  @Get()
  report(): LogLevelsReport {
    return this.levels.report();
  }

  @PlatformRequires('ops:write')
  @Put()
  set(@Body({ schema: logLevelBody }) body: LogLevelBody): LogLevelsReport {
    return this.levels.set(body);
  }
}
