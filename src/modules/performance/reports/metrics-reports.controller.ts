import { Controller, Get, Query } from '@nestjs/common';
import { z } from 'zod';
import { WINDOWS } from '../../../common/observability/windows.js';
import { PlatformRequires } from '../../auth/access.decorators.js';
import { MetricsReports, type PoolReport, type QueryReport, type RequestReport } from './metrics-reports.service.js';

const inWindow = z.strictObject({ window: z.enum(WINDOWS).default('60s') });

/** Of the process that answers. */
@PlatformRequires('ops:read')
@Controller('performance/metrics')
export class MetricsReportsController {
  constructor(private readonly reports: MetricsReports) {}

  @Get('summary')
  summary(@Query({ schema: inWindow }) { window }: z.output<typeof inWindow>): RequestReport {
    return this.reports.summary(window);
  }

  @Get('queries')
  queries(@Query({ schema: inWindow }) { window }: z.output<typeof inWindow>): QueryReport {
    return this.reports.queryReport(window);
  }

  @Get('pool')
  pool(): Promise<PoolReport> {
    return this.reports.pool();
  }
}
