import type { Socket } from 'node:net';

/** How bytes go from one side to the other. */
export interface Way {
  /** How much later each byte arrives. */
  readonly latencyMs?: number;
  /** Up to how much later still, by chance; what is sent first arrives first all the same. */
  readonly jitterMs?: number;
  /** True: bytes are held, and the end of the connection with them. */
  readonly stalled?: boolean;
  readonly bytesPerSecond?: number;
  /** How much later than its last byte the end of the connection (FIN) arrives. */
  readonly slowCloseMs?: number;
}

/** One direction of a connection: takes bytes as they come, and gives them on when their time has come. */
export class Lane {
  private readonly queue: Parcel[] = [];
  private queuedBytes = 0;
  /** When the last parcel is due, so that none overtakes it. */
  private lastDue = 0;
  /** When the line has room for more bytes. */
  private freeAt = 0;
  private timer: NodeJS.Timeout | undefined;
  private dropped = false;
  private full = false;

  constructor(
    private readonly from: Socket,
    private readonly to: Socket,
    private readonly way: () => Way | undefined,
  ) {
    from.on('data', (bytes) => this.take(bytes));
    from.on('end', () => this.take('end'));
    to.on('drain', () => {
      this.full = false;
      this.give();
    });
    if (this.stalled) from.pause();
  }

  /** The way may be another one now. */
  change(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.give();
  }

  /** What hasn't been given on is lost, and what is sent from now on. */
  drop(): void {
    this.dropped = true;
    clearTimeout(this.timer);
    this.queue.length = 0;
    this.from.resume();
  }

  private get stalled(): boolean {
    return this.way()?.stalled === true;
  }

  private take(what: Buffer | 'end'): void {
    if (this.dropped) return;
    const { latencyMs = 0, jitterMs = 0, slowCloseMs = 0, bytesPerSecond } = this.way() ?? {};
    const late = latencyMs + Math.random() * jitterMs + (what === 'end' ? slowCloseMs : 0);
    const due = Math.max(this.lastDue, performance.now() + late);
    this.lastDue = due;
    if (what === 'end') this.queue.push({ due, bytes: undefined });
    else for (const bytes of slices(what, bytesPerSecond)) this.queue.push({ due, bytes });
    this.queuedBytes += what === 'end' ? 0 : what.length;
    this.give();
  }

  private give(): void {
    if (this.dropped) return;
    while (!this.stalled && !this.full && this.timer === undefined) {
      const [next] = this.queue;
      if (next === undefined) break;
      const waitMs = Math.max(next.due, this.freeAt) - performance.now();
      if (waitMs > 0) {
        this.timer = setTimeout(() => this.change(), waitMs);
        break;
      }
      this.queue.shift();
      this.pass(next);
    }
    const wanted = !this.stalled && this.queuedBytes < MOST_QUEUED_BYTES;
    if (wanted) this.from.resume();
    else this.from.pause();
  }

  private pass({ bytes }: Parcel): void {
    if (bytes === undefined) {
      this.to.end();
      return;
    }
    this.queuedBytes -= bytes.length;
    const { bytesPerSecond } = this.way() ?? {};
    if (bytesPerSecond !== undefined) this.freeAt = performance.now() + (bytes.length / bytesPerSecond) * 1_000;
    if (this.to.writable) this.full = !this.to.write(bytes);
  }
}

/** Undefined bytes: the end of the connection. */
interface Parcel {
  readonly due: number;
  readonly bytes: Buffer | undefined;
}

/** Small enough that a narrow line gives something twenty times a second. */
function slices(bytes: Buffer, bytesPerSecond = Number.POSITIVE_INFINITY): readonly Buffer[] {
  const size = Math.max(1, Math.ceil(Math.min(bytes.length, bytesPerSecond / 20)));
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => bytes.subarray(at * size, (at + 1) * size));
}

/** What a lane holds at most, but for the chunk that goes over it. */
const MOST_QUEUED_BYTES = 1_048_576;
