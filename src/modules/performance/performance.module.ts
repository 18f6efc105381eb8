import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { AlertsController } from './alerts/alerts.controller.js';
import { Alerts } from './alerts/alerts.service.js';
import { BreakersController } from './breakers/breakers.controller.js';
import { BreakersService } from './breakers/breakers.service.js';
import { CacheController } from './cache/cache.controller.js';
import { CacheOperations } from './cache/cache.service.js';
import { PerformanceStream } from './dashboard/performance-stream.js';
import { Snapshots } from './dashboard/snapshots.js';
import { StreamController } from './dashboard/stream.controller.js';
import { Dependencies } from './dependencies.js';
import { VerdictController } from './health/verdict.controller.js';
import { VerdictService } from './health/verdict.service.js';
import { IndexesController } from './indexes/indexes.controller.js';
import { IndexesService } from './indexes/indexes.service.js';
import { LogLevelsController } from './log-levels/log-levels.controller.js';
import { LogLevelsService } from './log-levels/log-levels.service.js';
import { MetricsController } from './metrics/metrics.controller.js';
import { MetricsService } from './metrics/metrics.service.js';
import { ExplainService } from './queries/explain.service.js';
import { QueriesController } from './queries/queries.controller.js';
import { SlowQueries } from './queries/queries.service.js';
import { MetricsReportsController } from './reports/metrics-reports.controller.js';
import { MetricsReports } from './reports/metrics-reports.service.js';
import { Signals } from './signals.service.js';
import { TrendsController } from './trends/trends.controller.js';
import { Trends } from './trends/trends.service.js';
import { TrendStore } from './trends/trends-store.js';

/** What operators see of a process. */
@Module({
  imports: [AuthModule],
  controllers: [
    StreamController,
    BreakersController,
    CacheController,
    MetricsReportsController,
    MetricsController,
    LogLevelsController,
    AlertsController,
    TrendsController,
    VerdictController,
    QueriesController,
    IndexesController,
  ],
  providers: [
    Snapshots,
    PerformanceStream,
    Dependencies,
    Signals,
    BreakersService,
    CacheOperations,
    LogLevelsService,
    MetricsReports,
    MetricsService,
    Alerts,
    Trends,
    TrendStore,
    VerdictService,
    SlowQueries,
    ExplainService,
    IndexesService,
  ],
})
export class PerformanceModule {}
