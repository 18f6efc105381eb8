import { readdir, readFile } from 'node:fs/promises';
import type { RuntimeMetrics } from '../../../common/observability/runtime-metrics.js';
import { serviceVersion } from '../../../common/observability/service-version.js';
import { counter, type Family, gauge, histogram } from './families.js';

const PAUSE_BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const MICROSECONDS = 1_000_000;
const STARTED_SECONDS = Math.round(Date.now() / 1000 - process.uptime());

/** The process and its event loop, under the names that are usual for them; all as of now, or of the last 10 s. */
export async function processFamilies(runtime: RuntimeMetrics): Promise<readonly Family[]> {
  const { user, system } = process.cpuUsage();
  const { delayP50Ms, delayP99Ms, delayMaxMs, utilization } = runtime.eventLoop;
  const { rssBytes, heapUsedBytes, heapLimitBytes, externalBytes } = runtime.memory;
  const lag = (name: string, of: string, ms: number) =>
    gauge(`nodejs_eventloop_lag_${name}_seconds`, `How late timers came in the last 10 s: ${of}.`, ms / 1000);
  return [
    counter('process_cpu_user_seconds_total', 'Processor time in the process.', user / MICROSECONDS),
    counter('process_cpu_system_seconds_total', 'Processor time in the system.', system / MICROSECONDS),
    counter('process_cpu_seconds_total', 'Processor time in both.', (user + system) / MICROSECONDS),
    gauge('process_start_time_seconds', 'When the process started, since 1970.', STARTED_SECONDS),
    gauge('process_resident_memory_bytes', 'Memory of the process.', rssBytes),
    ...(await fileFamilies()),
    gauge('nodejs_heap_size_used_bytes', 'Heap that is used.', heapUsedBytes),
    gauge('nodejs_heap_size_limit_bytes', 'The most that the heap may be.', heapLimitBytes),
    gauge('nodejs_external_memory_bytes', 'Memory of buffers and the like, outside of the heap.', externalBytes),
    lag('p50', 'the median', delayP50Ms),
    lag('p99', 'all but 1 %', delayP99Ms),
    lag('max', 'the most', delayMaxMs),
    gauge(
      'nodejs_eventloop_utilization_ratio',
      'Share of the last 10 s in which the event loop was busy.',
      utilization,
    ),
    histogram('nodejs_gc_duration_seconds', 'Pauses for collecting garbage.', PAUSE_BOUNDS, [
      { labels: {}, durations: runtime.collections },
    ]),
    gauge('nodejs_version_info', 'The version of Node, as a label.', [
      { labels: { version: process.version }, value: 1 },
    ]),
    gauge('enterprise_service_build_info', 'The version of the service, as a label.', [
      { labels: { version: serviceVersion() }, value: 1 },
    ]),
  ];
}

/** Files and connections that are open; where the system tells (Linux). */
async function fileFamilies(): Promise<readonly Family[]> {
  const [open, limits] = await Promise.all([
    readdir('/proc/self/fd').catch(() => undefined),
    readFile('/proc/self/limits', 'utf8').catch(() => ''),
  ]);
  const [, most] = /^Max open files +(\d+)/m.exec(limits) ?? [];
  if (open === undefined || most === undefined) return [];
  return [
    // One is that of the directory itself.
    gauge('process_open_fds', 'Files and connections that are open.', open.length - 1),
    gauge('process_max_fds', 'The most that may be open.', Number(most)),
  ];
}
