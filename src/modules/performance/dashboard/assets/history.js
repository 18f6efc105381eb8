const MOST_MS = 30 * 60_000;
/** Live points are 2 s apart, those of the past a minute: a longer silence is a gap, and is drawn as one. */
const GAP_SECONDS = 150;

/** What the signals were in the last half an hour. */
export class History {
  constructor() {
    /** Seconds since 1970. @type {number[]} */
    this.times = [];
    /** @type {(Readonly<Record<string, number>> | null)[]} */
    this.points = [];
    /** When what was seen live begins. @type {number | undefined} */
    this.liveSince = undefined;
  }

  /** Puts what was before in front of what has been seen. */
  before(points) {
    const first = this.times[0] ?? Number.POSITIVE_INFINITY;
    const earlier = points.filter(({ at }) => at < first && at > Date.now() / 1000 - MOST_MS / 1000);
    this.times.unshift(...earlier.map(({ at }) => at));
    this.points.unshift(...earlier.map(({ signals }) => signals));
  }

  add(at, signals) {
    this.liveSince ??= at;
    const last = this.times.at(-1) ?? at;
    if (at <= last && this.times.length > 0) return;
    if (at - last > GAP_SECONDS) this.push(last + 1, null);
    this.push(at, signals);
    const oldest = at - MOST_MS / 1000;
    while ((this.times[0] ?? at) < oldest) {
      this.times.shift();
      this.points.shift();
    }
  }

  /** Nothing is known of the time until the next point, such as while the process was away. */
  interrupt() {
    const last = this.times.at(-1);
    if (last !== undefined && this.points.at(-1) !== null) this.push(last + 0.5, null);
  }

  push(at, signals) {
    this.times.push(at);
    this.points.push(signals);
  }

  get latest() {
    return this.points.findLast((point) => point !== null);
  }

  /** One point a minute, the latest first, for reading. */
  byMinute(most) {
    const minutes = new Map();
    for (const [index, at] of this.times.entries()) {
      if (this.points[index] !== null) minutes.set(Math.floor(at / 60), { at, signals: this.points[index] });
    }
    return [...minutes.values()].toReversed().slice(0, most);
  }
}

/** What a snapshot says, as it is drawn: where nothing was asked, nothing took any time. */
export const livePoint = ({ signals, pool }) => ({
  ...signals,
  poolInUse: pool.inUse,
  ...(signals.requestsPerSecond === 0 ? NO_REQUESTS : {}),
});

const NO_REQUESTS = {
  requestP50Ms: undefined,
  requestP90Ms: undefined,
  requestP95Ms: undefined,
  requestP99Ms: undefined,
  cacheHitShare: undefined,
};

/** A minute of the trends, as it is drawn: of one process, the mean of those that there were. */
export const pastPoint = (point) => ({
  at: Date.parse(point.at) / 1000 + 30,
  signals: {
    requestsPerSecond: each(point.requestsPerSecond, point),
    requestErrorShare: point.errorShare ?? (point.requestsPerSecond === 0 ? 0 : undefined),
    requestP50Ms: point.p50Ms ?? undefined,
    requestP95Ms: point.p95Ms ?? undefined,
    requestP99Ms: point.p99Ms ?? undefined,
    cacheHitShare: point.hitShare ?? undefined,
    poolInUse: each(point.poolInUse, point),
    eventLoopDelayP99Ms: point.eventLoopDelayP99Ms ?? undefined,
    rssBytes: each(point.rssBytes, point),
  },
});

const each = (sum, { processes }) => (sum === null ? undefined : sum / Math.max(1, processes));
