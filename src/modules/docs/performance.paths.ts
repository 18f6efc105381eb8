import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { alertsPaths } from './performance/alerts.paths.js';
import { breakersPaths } from './performance/breakers.paths.js';
import { cachePaths } from './performance/cache.paths.js';
import { dashboardPaths } from './performance/dashboard.paths.js';
import { healthPaths } from './performance/health.paths.js';
import { indexesPaths } from './performance/indexes.paths.js';
import { logLevelsPaths } from './performance/log-levels.paths.js';
import { metricsPaths } from './performance/metrics.paths.js';
import { metricsReportsPaths } from './performance/metrics-reports.paths.js';
import { queriesPaths } from './performance/queries.paths.js';
import { trendsPaths } from './performance/trends.paths.js';

/** What operators see of a process, and do about it. */
export const performancePaths = {
  ...healthPaths,
  ...alertsPaths,
  ...trendsPaths,
  ...breakersPaths,
  ...cachePaths,
  ...dashboardPaths,
  ...logLevelsPaths,
  ...metricsReportsPaths,
  ...metricsPaths,
  ...queriesPaths,
  ...indexesPaths,
} satisfies ZodOpenApiPathsObject;
