import { randomBytes } from 'node:crypto';
import { type BeforeApplicationShutdown, Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Cache } from '../../../common/cache/create-cache.js';
import { PoolWatch } from '../../../common/database/pool-watch.js';
import { QueryMonitor } from '../../../common/database/query-monitor.js';
import { RequestMetrics } from '../../../common/observability/request-metrics.js';
import { RuntimeMetrics } from '../../../common/observability/runtime-metrics.js';
import { CONFIGURATION } from '../../../config/config.module.js';
import type { Configuration } from '../../../config/configuration.js';
import { Alerts } from '../alerts/alerts.service.js';
import { cacheReads } from '../cache-reads.js';
import { Dependencies } from '../dependencies.js';
import { type ProcessIdentity, thisProcess } from '../this-process.js';
import { rangeOf, TREND_WINDOWS, type TrendPoint, TrendPoints, type TrendWindow } from './trends-points.js';
import { type Levels, MINUTE_MS, minuteOf, type Reached, TrendRecorder } from './trends-recorder.js';
import type { TrendSample } from './trends-sample.js';
import { TrendStore } from './trends-store.js';

export interface TrendsReport {
  /** `this process` while Redis is away: what it knows itself, an hour at most. */
  readonly speaksFor: 'all processes' | 'this process';
  readonly process?: ProcessIdentity;
  readonly window: TrendWindow;
  readonly from: string;
  readonly to: string;
  readonly stepSeconds: number;
  readonly points: readonly TrendPoint[];
}

const TICK_MS = 5_000;
/** What is kept here of what this process did. */
const OWN_MINUTES = 60;
/** So much waits for Redis to be back. */
const MOST_UNWRITTEN = 10;

/** What all processes did in the last 24 hours, minute by minute. */
@Injectable()
export class Trends implements OnModuleInit, BeforeApplicationShutdown {
  private readonly log = new Logger('Trends');
  /** Two in one operating system process are two. */
  private readonly process = randomBytes(6).toString('base64url');
  private recorder: TrendRecorder | undefined;
  private own: readonly TrendSample[] = [];
  private unwritten: readonly TrendSample[] = [];
  private writing = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly requests: RequestMetrics,
    private readonly queries: QueryMonitor,
    private readonly cache: Cache,
    private readonly pool: PoolWatch,
    private readonly runtime: RuntimeMetrics,
    private readonly dependencies: Dependencies,
    private readonly alerts: Alerts,
    private readonly store: TrendStore,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
  ) {}

  onModuleInit(): void {
    // Nothing is known of a process that isn't measured, which is not the same as that it does nothing.
    if (!this.configuration.metrics.enabled) return;
    this.recorder = this.record(Date.now());
    this.tickLater();
  }

  /** What there is of the last minute is written too, while Redis is still connected. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stop();
    if (this.recorder === undefined) return;
    this.keep(this.recorder.finish());
    await this.write(Date.now());
  }

  /** No more ticks of its own. */
  stop(): void {
    clearTimeout(this.timer);
  }

  /** Looks at how things stand; and when a minute has ended, or Redis is back, writes what there is. */
  async tick(nowMs: number): Promise<void> {
    const ended = this.recorder?.tick(nowMs);
    if (ended !== undefined) this.keep(ended);
    await this.write(nowMs);
  }

  /** The window up to now. Without Redis it is this process's own. */
  async report(window: TrendWindow, nowMs: number): Promise<TrendsReport> {
    return (await this.ofAll(window, nowMs).catch(() => undefined)) ?? this.ofThisProcess(window, nowMs);
  }

  private async ofAll(window: TrendWindow, nowMs: number): Promise<TrendsReport> {
    const range = rangeOf(TREND_WINDOWS[window], minuteOf(nowMs));
    const points = new TrendPoints(range);
    // This process knows its own better: some may not be written yet.
    const known = new Set(this.own.map(({ minute }) => minute));
    for await (const sample of this.store.read(range.from, range.to)) {
      if (sample.process !== this.process || !known.has(sample.minute)) points.add(sample);
    }
    for (const sample of this.own) points.add(sample);
    return { speaksFor: 'all processes', ...reportOf(window, range, points) };
  }

  private ofThisProcess(window: TrendWindow, nowMs: number): TrendsReport {
    const range = rangeOf(Math.min(OWN_MINUTES, TREND_WINDOWS[window]), minuteOf(nowMs));
    const points = new TrendPoints(range);
    for (const sample of this.own) points.add(sample);
    return { speaksFor: 'this process', process: thisProcess(), ...reportOf(window, range, points) };
  }

  /** When the next five seconds of the clock are over, so that samples end with their minute. */
  private tickLater(): void {
    this.timer = setTimeout(
      () => {
        this.tickLater();
        this.tick(Date.now()).catch((error: unknown) => this.log.error(error));
      },
      TICK_MS - (Date.now() % TICK_MS),
    ).unref();
  }

  private keep(sample: TrendSample): void {
    this.own = [...this.own, sample].slice(-OWN_MINUTES);
    this.unwritten = [...this.unwritten, sample].slice(-MOST_UNWRITTEN);
  }

  /** After whatever is being written already. */
  private write(nowMs: number): Promise<void> {
    this.writing = this.writing.then(async () => {
      const samples = this.unwritten;
      if (samples.length === 0 || !(await this.store.write(samples, minuteOf(nowMs)))) return;
      this.unwritten = this.unwritten.filter((sample) => !samples.includes(sample));
    });
    return this.writing;
  }

  private record(nowMs: number): TrendRecorder {
    return new TrendRecorder(
      this.process,
      () => this.reached(),
      () => this.levels(),
      nowMs,
    );
  }

  private reached(): Reached {
    const requests = this.requests.all.over('start');
    const queries = this.queries.all.over('start');
    return {
      durations: requests.durations.toSparse(),
      errors: requests.errors,
      queries: queries.durations.count,
      slow: queries.slow,
      ...cacheReads(this.cache.statistics),
    };
  }

  private levels(): Levels {
    return {
      poolInUse: this.pool.state.inUse,
      eventLoopDelayP99Ms: this.runtime.eventLoop.delayP99Ms,
      rssBytes: this.runtime.memory.rssBytes,
      openBreakers: this.dependencies.all.filter(({ state }) => state !== 'closed').length,
      firingAlerts: this.alerts.firing.length,
    };
  }
}

const reportOf = (window: TrendWindow, { from, to, step }: ReturnType<typeof rangeOf>, { points }: TrendPoints) => ({
  window,
  from: new Date(from * MINUTE_MS).toISOString(),
  to: new Date(to * MINUTE_MS).toISOString(),
  stepSeconds: 60 * step,
  points,
});
