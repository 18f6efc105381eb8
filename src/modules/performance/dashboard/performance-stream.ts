import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Problem } from '../../../common/problems/problems.js';
import { isStateChange, STATE_CHANGES } from '../../../common/resilience/dependency.js';
import { Dependencies } from '../dependencies.js';
import { commentText, EventStream, type EventText, eventText } from './event-stream.js';
import { breakerView, Snapshots } from './snapshots.js';

/** How often those who look on are told how things are. */
export const SNAPSHOT_EVERY_MS = 2_000;
/** Each costs a connection and some memory. */
export const MOST_VIEWERS = 20;
const RETRY_MS = 2_000;

/** Tells all who look on how the process is. It is looked at once for all of them, and not at all when nobody is there. */
@Injectable()
export class PerformanceStream implements OnModuleInit, OnModuleDestroy {
  private readonly log = new Logger('Performance');
  private readonly viewers = new Set<EventStream>();
  private timer: NodeJS.Timeout | undefined;
  private lastId = 0;
  private latest: { readonly text: EventText; readonly atMs: number } | undefined;

  constructor(
    private readonly snapshots: Snapshots,
    private readonly dependencies: Dependencies,
  ) {}

  onModuleInit(): void {
    STATE_CHANGES.subscribe(this.tellOfBreaker);
  }

  onModuleDestroy(): void {
    STATE_CHANGES.unsubscribe(this.tellOfBreaker);
    for (const viewer of this.viewers) viewer.finish();
  }

  /**
   * Events from now on: `snapshot` at once and every {@link SNAPSHOT_EVERY_MS}, `breaker` when one changes.
   * @param until aborts when no more is wanted
   * @param most ends after so many events
   * @throws {Problem} `overloaded` where too many look on already, `service-unavailable` where the process stops
   */
  open(until: AbortSignal, most?: number): EventStream {
    if (until.aborted) throw refusal('service-unavailable', 'The process is stopping.');
    if (this.viewers.size >= MOST_VIEWERS) throw refusal('overloaded', `${MOST_VIEWERS} look on already.`);
    const viewer = new EventStream(RETRY_MS, most);
    const finish = () => viewer.finish();
    until.addEventListener('abort', finish, { once: true });
    this.viewers.add(viewer);
    viewer.once('close', () => {
      until.removeEventListener('abort', finish);
      this.leave(viewer);
    });
    this.timer ??= setInterval(() => this.tell(), SNAPSHOT_EVERY_MS).unref();
    viewer.send(this.current());
    return viewer;
  }

  private leave(viewer: EventStream): void {
    this.viewers.delete(viewer);
    if (this.viewers.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private tell(): void {
    try {
      this.latest = this.look();
    } catch (error) {
      this.log.error(error);
      for (const viewer of this.viewers) viewer.tell(commentText('no snapshot'));
      return;
    }
    for (const viewer of this.viewers) viewer.send(this.latest.text);
  }

  /** Those who come at once after another see what was seen. */
  private current(): EventText {
    if (this.latest === undefined || performance.now() - this.latest.atMs > SNAPSHOT_EVERY_MS / 2) {
      this.latest = this.look();
    }
    return this.latest.text;
  }

  private look() {
    this.lastId += 1;
    return { text: eventText('snapshot', this.lastId, this.snapshots.take()), atMs: performance.now() };
  }

  private readonly tellOfBreaker = (message: unknown): void => {
    if (this.viewers.size === 0 || !isStateChange(message) || !this.dependencies.all.includes(message.of)) return;
    this.lastId += 1;
    const text = eventText('breaker', this.lastId, { at: new Date().toISOString(), ...breakerView(message.of) });
    for (const viewer of this.viewers) viewer.send(text);
  };
}

const refusal = (kind: 'overloaded' | 'service-unavailable', detail: string): Problem =>
  new Problem(kind, { detail, headers: { 'retry-after': String(RETRY_MS / 1000) } });
