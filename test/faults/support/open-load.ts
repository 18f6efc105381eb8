import { Agent } from 'node:http';
import {
  type Answered,
  type Asking,
  type Kind,
  type LoadRequest,
  type LoadTarget,
  nextAsked,
  send,
} from './load-requests.js';
import { LoadRun } from './load-run.js';

export interface LoadOptions {
  /** Requests that are due a second, whether or not earlier ones have been answered. */
  readonly perSecond: number;
  /** How many of each kind there are beside the others. */
  readonly mix?: Readonly<Partial<Record<Kind, number>>>;
  /** After that many ms a client gives up. */
  readonly patienceMs?: number;
  /** More than so many at once aren't sent, and are counted as such: the client's own memory is bounded too. */
  readonly mostOpen?: number;
}

/**
 * An open load: requests go out when they are due, and a latency counts from then, so a service that stands still is
 * charged with all that would have come meanwhile. Connections are kept and are as many as it takes.
 */
export class OpenLoad {
  private readonly agent = new Agent({ keepAlive: true, scheduling: 'lifo' });
  private readonly begunMs = performance.now();
  private readonly requests: LoadRequest[] = [];
  private readonly open = new Set<Promise<void>>();
  private readonly options: Required<LoadOptions>;
  private due = 0;
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly target: LoadTarget,
    options: LoadOptions,
  ) {
    this.options = { patienceMs: 35_000, mostOpen: 2_000, ...options, mix: { ...USUAL, ...options.mix } };
    this.timer = setInterval(() => this.sendDue(), TICK_MS);
  }

  /** Ends the load, and resolves when the last request has ended. */
  async stop(): Promise<LoadRun> {
    clearInterval(this.timer);
    await Promise.all(this.open);
    this.agent.destroy();
    return this.soFar();
  }

  /** What has ended until now. */
  soFar(): LoadRun {
    return new LoadRun(this.requests.toSorted((a, b) => a.scheduledMs - b.scheduledMs));
  }

  private sendDue(): void {
    const { perSecond } = this.options;
    for (;;) {
      const scheduledMs = this.begunMs + (this.due * 1_000) / perSecond;
      if (scheduledMs > performance.now()) return;
      this.due += 1;
      const ended = this.one(scheduledMs);
      this.open.add(ended);
      void ended.then(() => this.open.delete(ended));
    }
  }

  private async one(scheduledMs: number): Promise<void> {
    const { mix, patienceMs, mostOpen } = this.options;
    const asked = nextAsked(this.target, mix);
    const sentMs = performance.now();
    const asking: Asking = { agent: this.agent, patienceMs };
    const result =
      this.open.size >= mostOpen ? { outcome: 'not sent', ...NOTHING } : await send(this.target, asked, asking);
    this.requests.push({ ...asked, ...result, scheduledMs, sentMs, answeredMs: performance.now() });
  }
}

/** Fine enough for a thousand a second: what is late by it is charged to the service. */
const TICK_MS = 2;
const USUAL = { read: 60, list: 15, summary: 5, patch: 15, post: 5 };
const NOTHING: Answered = { shown: [] };
