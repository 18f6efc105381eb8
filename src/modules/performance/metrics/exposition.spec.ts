import { expect, it } from '@jest/globals';
import { CustomMetrics } from '../../../common/observability/custom-metrics.js';
import { customFamilies } from './custom.families.js';
import { expose, formatFor } from './exposition.js';

const TEXT = 'text/plain; version=0.0.4; charset=utf-8';
const OPEN_METRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

it.each([
  [undefined, TEXT],
  ['*/*', TEXT],
  ['text/plain', TEXT],
  ['application/json', TEXT],
  ['application/openmetrics-text', OPEN_METRICS],
  ['application/openmetrics-text; version=1.0.0; charset=utf-8', OPEN_METRICS],
  // Prometheus 2, then 3.
  [
    'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;q=0.5,*/*;q=0.1',
    OPEN_METRICS,
  ],
  [
    'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
    OPEN_METRICS,
  ],
  ['text/plain;version=0.0.4;q=0.6,application/openmetrics-text;version=1.0.0;q=0.5', TEXT],
  ['application/openmetrics-text;q=0', TEXT],
])('to %s it answers %s', (accept, format) => {
  expect(formatFor(accept)).toBe(format);
});

it('what features count and time is shown with its unit, and under one name once', async () => {
  const metrics = new CustomMetrics();
  metrics.count('import.rows', 3, { resource: 'clinics' });
  metrics.count('import.rows', 4, { resource: 'providers' });
  metrics.count('import_rows', 1, {});
  metrics.time('nightly.job', 1500, true);
  const text = await expose(customFamilies(metrics.entries()), TEXT);
  expect(text.match(/^# TYPE .*/gm)).toEqual([
    '# TYPE app_import_rows_total counter',
    '# TYPE app_nightly_job_duration_seconds histogram',
    '# TYPE app_nightly_job_failures_total counter',
  ]);
  expect(text).toContain('app_nightly_job_duration_seconds_sum 1.5\n');
  expect(text).toContain('app_nightly_job_duration_seconds_bucket{le="1"} 0\n');
  expect(text).toContain('app_nightly_job_duration_seconds_bucket{le="2.5"} 1\n');
  expect(text).toContain('app_nightly_job_failures_total 1\n');

  const open = await expose(customFamilies(metrics.entries()), OPEN_METRICS);
  expect(open).toContain('# TYPE app_import_rows counter\n');
  expect(open).toContain('app_nightly_job_duration_seconds_bucket{le="1.0"} 0\n');
  expect(open).toMatch(/\n# EOF\n$/);
});
