import { connect, type Socket } from 'node:net';

/** A connection on which anything can be sent, and of which the first bytes that come back are kept. */
export class RawConnection {
  /** How it ended. */
  readonly closed: Promise<'ended' | 'reset'>;
  private readonly chunks: Buffer[] = [];
  private kept = 0;

  private constructor(readonly socket: Socket) {
    let reset = false;
    this.closed = new Promise((resolve) => {
      socket
        .on('error', () => {
          reset = true;
        })
        .on('close', () => resolve(reset ? 'reset' : 'ended'));
    });
    socket.on('data', (chunk) => {
      if (this.kept > MOST_KEPT_BYTES) return;
      this.kept += chunk.length;
      this.chunks.push(chunk);
    });
  }

  static open(port: number): Promise<RawConnection> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    const connection = new RawConnection(socket);
    return new Promise((resolve, reject) => {
      socket.once('connect', () => resolve(connection)).once('error', reject);
    });
  }

  /** Opens so many, some at a time: a listener's queue is short. */
  static async openMany(port: number, count: number): Promise<RawConnection[]> {
    const opened: RawConnection[] = [];
    while (opened.length < count) {
      const some = Math.min(AT_A_TIME, count - opened.length);
      opened.push(...(await Promise.all(Array.from({ length: some }, () => RawConnection.open(port)))));
    }
    return opened;
  }

  get received(): string {
    return Buffer.concat(this.chunks).toString('latin1');
  }

  /** Those of all answers that came. */
  get statuses(): readonly number[] {
    return [...this.received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
  }

  get isOpen(): boolean {
    return !this.socket.destroyed;
  }

  send(bytes: string | Buffer): this {
    if (this.socket.writable) this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
    return this;
  }

  /** Sends until the other side is full or gone; tells how many bytes that were. */
  async flood(bytes: Buffer, most: number, patienceMs: number): Promise<number> {
    let sent = 0;
    const { socket } = this;
    const tired = AbortSignal.timeout(patienceMs);
    while (socket.writable && sent < most && !tired.aborted) {
      sent += bytes.length;
      if (!socket.write(bytes)) await drained(socket, tired);
    }
    return sent;
  }

  /** Ends it with an RST. */
  async reset(): Promise<void> {
    this.socket.resetAndDestroy();
    await this.closed;
  }
}

const AT_A_TIME = 250;
const MOST_KEPT_BYTES = 262_144;

function drained(socket: Socket, tired: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const end = () => resolve();
  socket.once('drain', end).once('close', end);
  tired.addEventListener('abort', end);
  return promise.finally(() => {
    socket.off('drain', end).off('close', end);
    tired.removeEventListener('abort', end);
  });
}

/** A request as it goes over the wire. */
export function wire(line: string, headers: readonly string[] = [], body = ''): string {
  return [`${line} HTTP/1.1`, 'Host: service', ...headers, '', body].join('\r\n');
}
