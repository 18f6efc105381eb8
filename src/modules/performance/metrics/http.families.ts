import type { RequestMetrics } from '../../../common/observability/request-metrics.js';
import { counter, type Family, gauge, histogram } from './families.js';

/** OpenTelemetry's for `http.server.request.duration`, and two below, as answers from memory take less than 1 ms. */
const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/** Rate, errors and duration of requests by the templates of their routes. @param active requests under way */
export function httpFamilies({ routes }: RequestMetrics, active: number): readonly Family[] {
  const counted = routes.map(({ method, template, windows, exemplars }) => {
    return { labels: { method, route: template }, tally: windows.over('start'), exemplars };
  });
  const sums = (figure: 'bytes' | 'queries' | 'hits' | 'errors') =>
    counted.map(({ labels, tally }) => ({ labels, value: tally[figure] }));
  return [
    histogram(
      'http_server_request_duration_seconds',
      'How long requests took, from their head to the end of their answer.',
      BOUNDS,
      counted.map(({ labels, tally: { durations }, exemplars }) => ({ labels, durations, exemplars })),
    ),
    counter(
      'http_server_requests_total',
      'Requests by the status of their answers.',
      counted.flatMap(({ labels, tally: { statuses } }) =>
        [...statuses].map(([status, value]) => ({ labels: { ...labels, status: String(status) }, value })),
      ),
    ),
    // With each route from its first request on: what is there only after the first error, no rate tells of it.
    counter('http_server_errors_total', 'Requests that were answered 5xx.', sums('errors')),
    counter('http_server_response_bytes_total', 'Bytes of the bodies of answers, as they were sent.', sums('bytes')),
    counter('http_server_cache_hits_total', 'Requests that were answered from the cache.', sums('hits')),
    counter(
      'http_server_database_commands_total',
      'Commands that were sent to the database for requests.',
      sums('queries'),
    ),
    gauge('http_server_active_requests', 'Requests that are being worked on.', active),
  ];
}
