import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { z } from 'zod';
import { WINDOWS } from '../../../common/observability/windows.js';
import { PlatformRequires } from '../../auth/access.decorators.js';
import { ExplainService } from './explain.service.js';
import { SlowQueries } from './queries.service.js';
import { type ExplainBody, explainBody, type RouteExplanation, type SlowQueriesReport } from './query-reports.js';

const inWindow = z.strictObject({ window: z.enum(WINDOWS).default('1h') });

@PlatformRequires('ops:read')
@Controller('performance/queries')
export class QueriesController {
  constructor(
    private readonly queries: SlowQueries,
    private readonly explaining: ExplainService,
  ) {}

  @Get('slow')
  slow(@Query({ schema: inWindow }) { window }: z.output<typeof inWindow>): SlowQueriesReport {
    return this.queries.report(window);
  }

  /** Changes nothing. */
  @Post('explain')
  @HttpCode(200)
  explain(@Body({ schema: explainBody }) body: ExplainBody): Promise<RouteExplanation> {
    return this.explaining.explain(body);
  }
}
