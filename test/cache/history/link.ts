import { createServer, type Server, Socket } from 'node:net';

/** A way to a server on this machine, which the test can cut and lead elsewhere. */
export class Link {
  private readonly pairs = new Set<readonly [Socket, Socket]>();
  private state: 'up' | 'silent' | 'down' = 'up';

  private constructor(
    private readonly server: Server,
    private target: number,
  ) {
    server.on('connection', (client) => this.connect(client));
  }

  static async to(target: number): Promise<Link> {
    const server = createServer();
    const listening = Promise.withResolvers<void>();
    server.once('error', listening.reject);
    server.listen(0, '127.0.0.1', listening.resolve);
    await listening.promise;
    return new Link(server, target);
  }

  get port(): number {
    const address = this.server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** Nothing arrives any more, and nobody is told: what is sent may arrive once the link is up again. */
  silence(): void {
    this.state = 'silent';
    for (const [client, upstream] of this.pairs) hold(client, upstream);
  }

  /** Connections end, and new ones are refused. */
  cut(): void {
    this.state = 'down';
    for (const pair of this.pairs) for (const socket of pair) socket.destroy();
  }

  restore(): void {
    this.state = 'up';
    for (const [client, upstream] of this.pairs) join(client, upstream);
  }

  /** From now on it leads to another server. */
  leadTo(target: number): void {
    this.cut();
    this.target = target;
    this.restore();
  }

  close(): void {
    this.cut();
    this.server.close();
  }

  private connect(client: Socket): void {
    if (this.state === 'down') {
      client.destroy();
      return;
    }
    const upstream = new Socket().setNoDelay(true).connect(this.target, '127.0.0.1');
    const pair = [client.setNoDelay(true), upstream] as const;
    this.pairs.add(pair);
    for (const [socket, other] of [pair, pair.toReversed()]) {
      socket
        ?.on('error', () => undefined)
        .on('close', () => {
          other?.destroy();
          this.pairs.delete(pair);
        });
    }
    if (this.state === 'up') join(client, upstream);
    else hold(client, upstream);
  }
}

function join(client: Socket, upstream: Socket): void {
  client.pipe(upstream);
  upstream.pipe(client);
}

function hold(client: Socket, upstream: Socket): void {
  client.unpipe(upstream).pause();
  upstream.unpipe(client).pause();
}
