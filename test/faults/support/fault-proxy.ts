import { createServer, type Server, Socket } from 'node:net';
import { Lane, type Way } from './lane.js';

/** What goes wrong between a client and its server; what isn't named goes well. */
export interface Faults {
  readonly toServer?: Way;
  readonly toClient?: Way;
  /** `silent`: they are taken, and nobody answers until they are not silent any more. `refused`: they are reset. */
  readonly newConnections?: 'served' | 'silent' | 'refused';
}

/** A way to a server on this machine, on which the test makes things go wrong, together or one after the other. */
export class FaultProxy {
  private readonly pairs = new Set<Pair>();
  private faults: Faults = {};

  private constructor(
    private readonly server: Server,
    private target: number,
  ) {
    server.on('connection', (client) => this.accept(client));
  }

  static async to(target: number): Promise<FaultProxy> {
    // Each side ends on its own, as over a wire.
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    const listening = Promise.withResolvers<void>();
    server.once('error', listening.reject);
    server.listen(0, '127.0.0.1', listening.resolve);
    await listening.promise;
    return new FaultProxy(server, target);
  }

  get port(): number {
    const address = this.server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** How many connections go through it. */
  get connections(): number {
    return this.pairs.size;
  }

  /** These from now on, beside those that there are; one that is named again replaces what it was. */
  suffer(faults: Faults): void {
    this.become({
      ...this.faults,
      ...faults,
      toServer: { ...this.faults.toServer, ...faults.toServer },
      toClient: { ...this.faults.toClient, ...faults.toClient },
    });
  }

  /** All goes well again; what was held arrives, unless its connection has ended. */
  restore(): void {
    this.become({});
  }

  /** Nothing arrives any more, and nobody is told: what is sent may arrive once the way is restored. */
  silence(): void {
    this.suffer({ toServer: { stalled: true }, toClient: { stalled: true }, newConnections: 'silent' });
  }

  /** Connections are reset, and new ones too, until the way is restored. */
  cut(): void {
    this.suffer({ newConnections: 'refused' });
    this.reset();
  }

  /** Resets the connections that there are. */
  reset(): void {
    for (const { client, upstream } of this.pairs) for (const socket of [client, upstream]) socket.resetAndDestroy();
  }

  /** The server's sides end; no client is told, and what clients still send goes nowhere. New connections are served. */
  halfOpen(): void {
    for (const pair of this.pairs) {
      pair.orphaned = true;
      pair.toClient.drop();
      pair.toServer.drop();
      pair.upstream.destroy();
    }
  }

  /** From now on new connections lead to another server; what goes wrong stays. */
  aimAt(target: number): void {
    this.target = target;
  }

  /** From now on it leads to another server, and all goes well. */
  leadTo(target: number): void {
    this.cut();
    this.aimAt(target);
    this.restore();
  }

  close(): void {
    this.cut();
    this.server.close();
  }

  private become(faults: Faults): void {
    this.faults = faults;
    for (const pair of this.pairs) {
      if (!pair.connected && faults.newConnections !== 'silent') this.connect(pair);
      pair.toServer.change();
      pair.toClient.change();
    }
  }

  private accept(client: Socket): void {
    if (this.faults.newConnections === 'refused') {
      client.on('error', () => undefined).resetAndDestroy();
      return;
    }
    const upstream = new Socket({ allowHalfOpen: true }).setNoDelay(true);
    const pair: Pair = {
      client,
      upstream,
      toServer: new Lane(client, upstream, () => this.faults.toServer),
      toClient: new Lane(upstream, client, () => this.faults.toClient),
      connected: false,
      orphaned: false,
    };
    this.pairs.add(pair);
    this.endTogether(pair, client, upstream);
    this.endTogether(pair, upstream, client);
    if (this.faults.newConnections !== 'silent') this.connect(pair);
  }

  private connect(pair: Pair): void {
    pair.connected = true;
    pair.upstream.connect(this.target, '127.0.0.1');
  }

  private endTogether(pair: Pair, socket: Socket, other: Socket): void {
    let reset = false;
    socket
      .on('error', () => {
        reset = true;
      })
      .on('close', () => {
        if (socket === pair.upstream && pair.orphaned) return;
        this.pairs.delete(pair);
        pair.toServer.drop();
        pair.toClient.drop();
        if (reset && pair.connected) other.resetAndDestroy();
        else other.destroy();
      });
  }
}

interface Pair {
  readonly client: Socket;
  readonly upstream: Socket;
  readonly toServer: Lane;
  readonly toClient: Lane;
  connected: boolean;
  orphaned: boolean;
}
