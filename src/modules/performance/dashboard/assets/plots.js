import { bytes, count, figure, ms, percent, perSecond } from './format.js';
import { Plot } from './plot.js';

const rate = (value) => perSecond(value);
/** Steps of an axis that are whole in binary units. */
const MEBIBYTES = Array.from({ length: 16 }, (_, power) => 2 ** (20 + power));
const whole = (value) => count(value);

/** What is drawn, in the order in which people look. */
export const makePlots = () => [
  new Plot({
    id: 'requests',
    title: 'Requests',
    about: 'Requests a second and those of them that were answered 5xx, over the last minute.',
    most: 1,
    lines: [
      { label: 'requests', of: (signals) => signals.requestsPerSecond, text: rate },
      { label: 'errors (5xx)', of: (signals) => signals.requestsPerSecond * signals.requestErrorShare, text: rate },
    ],
  }),
  new Plot({
    id: 'latency',
    title: 'Latency, ms',
    about: 'Percentiles of the time that requests of the last minute took.',
    most: 1,
    lines: [
      { label: 'p50', of: (signals) => signals.requestP50Ms, text: figure },
      { label: 'p90', of: (signals) => signals.requestP90Ms, text: figure },
      { label: 'p95', of: (signals) => signals.requestP95Ms, text: figure },
      { label: 'p99', of: (signals) => signals.requestP99Ms, text: figure },
    ],
  }),
  new Plot({
    id: 'cache',
    title: 'Cache',
    about: 'Share of the cached reads of the last minute that were hits, and of the memory of the cache that is taken.',
    most: 1,
    lines: [
      { label: 'hit rate', of: (signals) => signals.cacheHitShare, text: percent },
      { label: 'memory used', of: (signals) => signals.cacheMemoryShare, text: percent },
    ],
  }),
  new Plot({
    id: 'pool',
    title: 'Database connections',
    about: 'Connections to MongoDB that are in use, and operations that wait for a connection or for their turn.',
    most: 4,
    lines: [
      { label: 'in use', of: (signals) => signals.poolInUse, text: whole },
      { label: 'waited for', of: (signals) => signals.poolWaiting, text: whole },
      { label: 'operations queued', of: (signals) => signals.databaseWaiting, text: whole },
    ],
  }),
  new Plot({
    id: 'loop',
    title: 'Event loop',
    about: 'How late timers come (99 of 100 are earlier), and the share of the time in which the event loop is busy.',
    most: 5,
    lines: [
      { label: 'delay p99', of: (signals) => signals.eventLoopDelayP99Ms, text: ms },
      { label: 'busy', of: (signals) => signals.eventLoopUtilization, text: percent, right: true },
    ],
  }),
  new Plot({
    id: 'memory',
    title: 'Memory',
    about: 'Memory of the process, and the share of its heap that is used.',
    lines: [
      { label: 'process', of: (signals) => signals.rssBytes, text: bytes, steps: MEBIBYTES },
      { label: 'heap used', of: (signals) => signals.heapShare, text: percent, right: true },
    ],
  }),
];
