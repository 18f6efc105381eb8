import { Controller, Get } from '@nestjs/common';
import { PlatformRequires } from '../../auth/access.decorators.js';
import { Alerts, type AlertsReport } from './alerts.service.js';

@Controller('performance')
export class AlertsController {
  constructor(private readonly alerts: Alerts) {}

  /** Of the process that answers. */
  @PlatformRequires('ops:read')
  @Get('alerts')
  report(): AlertsReport {
    return this.alerts.report();
  }
}
