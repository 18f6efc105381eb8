import { Controller, Get, Query } from '@nestjs/common';
import { PlatformRequires } from '../../auth/access.decorators.js';
import { Trends, type TrendsReport } from './trends.service.js';
import { type TrendsQuery, trendsQuery } from './trends-query.js';

@Controller('performance/metrics')
export class TrendsController {
  constructor(private readonly trends: Trends) {}

  @PlatformRequires('ops:read')
  @Get('trends')
  report(@Query({ schema: trendsQuery }) { window }: TrendsQuery): Promise<TrendsReport> {
    return this.trends.report(window, Date.now());
  }
}
