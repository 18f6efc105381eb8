import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { Cache } from '../../../common/cache/create-cache.js';
import { DatabaseGate } from '../../../common/database/database-gate.js';
import { PoolWatch } from '../../../common/database/pool-watch.js';
import { QueryMonitor } from '../../../common/database/query-monitor.js';
import { customMetrics } from '../../../common/observability/custom-metrics.js';
import { RequestMetrics } from '../../../common/observability/request-metrics.js';
import { RuntimeMetrics } from '../../../common/observability/runtime-metrics.js';
import { RateLimiter } from '../../../common/rate-limit/rate-limiter.js';
import { LoadShedder } from '../../auth/load-shedder.js';
import { Alerts } from '../alerts/alerts.service.js';
import { SEVERITIES } from '../alerts/alerts-rules.js';
import { Dependencies } from '../dependencies.js';
import { Signals } from '../signals.service.js';
import { cacheFamilies } from './cache.families.js';
import { customFamilies } from './custom.families.js';
import { databaseFamilies } from './database.families.js';
import { expose, type Format } from './exposition.js';
import { type Family, gauge } from './families.js';
import { httpFamilies } from './http.families.js';
import { processFamilies } from './process.families.js';
import { queryFamilies } from './query.families.js';
import { breakerFamilies, refusalFamilies } from './resilience.families.js';

/**
 * What this process measures, for Prometheus. It is worked out when it is asked for, of what the process keeps anyway,
 * and asks nobody: a scrape works while MongoDB and Redis are away.
 */
@Injectable()
export class MetricsService {
  constructor(
    private readonly adapter: HttpAdapterHost,
    private readonly requests: RequestMetrics,
    private readonly queries: QueryMonitor,
    private readonly pool: PoolWatch,
    private readonly database: DatabaseGate,
    private readonly cache: Cache,
    private readonly runtime: RuntimeMetrics,
    private readonly dependencies: Dependencies,
    private readonly limiter: RateLimiter,
    private readonly shedder: LoadShedder,
    private readonly signals: Signals,
    private readonly alerts: Alerts,
  ) {}

  async scrape(format: Format): Promise<string> {
    const { traffic }: FastifyInstance = this.adapter.httpAdapter.getInstance();
    return expose(
      [
        ...httpFamilies(this.requests, traffic.active),
        ...queryFamilies(this.queries),
        ...databaseFamilies(this.pool.state, this.database.limit.state),
        ...this.verdictFamilies(),
        ...cacheFamilies(this.cache),
        ...breakerFamilies(this.dependencies.all),
        ...refusalFamilies(this.limiter.counts, this.shedder.state),
        ...(await processFamilies(this.runtime)),
        ...customFamilies(customMetrics.entries()),
      ],
      format,
    );
  }

  /** What this process makes of its own figures. */
  private verdictFamilies(): readonly Family[] {
    const { firing } = this.alerts;
    return [
      gauge(
        'service_alerts_firing',
        'Alerts of the process itself that fire, by severity.',
        SEVERITIES.map((severity) => ({
          labels: { severity },
          value: firing.filter(({ rule }) => rule.severity === severity).length,
        })),
      ),
      gauge(
        'mongodb_missing_indexes',
        'Declared indexes that the database does not have, or has otherwise.',
        this.signals.provided('missingIndexes'),
      ),
      gauge(
        'mongodb_scanning_query_shapes',
        'Shapes of queries of the last hour that no index serves.',
        this.signals.provided('scanningQueries'),
      ),
    ];
  }
}
