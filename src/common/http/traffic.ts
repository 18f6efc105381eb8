import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply } from 'fastify';

declare module 'fastify' {
  interface FastifyInstance {
    /** What is under way on its connections. */
    readonly traffic: Traffic;
  }
}

/**
 * Lets the server know what is under way. One that is closed without having been told to leave ends what is idle at
 * once, and each busy connection with its answer.
 */
export function watchTraffic(fastify: FastifyInstance): void {
  const traffic = new Traffic(fastify.server);
  fastify.decorate('traffic', traffic);
  fastify.addHook('preParsing', (_request, reply, _payload, done) => {
    traffic.begins(reply);
    done();
  });
  fastify.addHook('onSend', (_request, reply, payload, done) => {
    traffic.ends(reply);
    done(null, payload);
  });
  fastify.addHook('preClose', (done) => {
    traffic.close(0);
    done();
  });
}

/** When a connection was last seen to be used, and how much had come by then. */
interface Use {
  bytesRead: number;
  atMs: number;
}

/**
 * What is under way on a server's connections, so that it can stop without cutting any of it off. Node's own
 * `closeIdleConnections` takes a connection for idle whose answer isn't sent to the end.
 */
export class Traffic {
  private readonly connections = new Map<Socket, Use>();
  /** Requests that are being worked on, though their client may be gone. */
  private readonly working = new Set<FastifyReply>();
  private readonly empty = Promise.withResolvers<void>();
  private readonly farewell = new AbortController();
  private leaving = false;
  private sweeps: NodeJS.Timeout | undefined;

  constructor(private readonly server: Server) {
    server.on('connection', (socket: Socket) => {
      this.connections.set(socket, { bytesRead: 0, atMs: performance.now() });
      socket.once('close', () => {
        this.connections.delete(socket);
        this.settle();
      });
    });
  }

  begins(reply: FastifyReply): void {
    this.working.add(reply);
  }

  ends(reply: FastifyReply): void {
    this.working.delete(reply);
    if (this.leaving) this.settle();
  }

  /** Aborts when clients are told to leave: an answer that would go on ends then. */
  get left(): AbortSignal {
    return this.farewell.signal;
  }

  /** From now on each answer is the last of its connection and says so; costs nothing before. */
  leave(): void {
    if (this.leaving) return;
    this.leaving = true;
    this.farewell.abort();
    const last = (response: FastifyReply['raw']) => {
      response.shouldKeepAlive = false;
    };
    this.server.prependListener('request', (_request, response) => last(response));
    for (const { raw } of this.working) last(raw);
    const now = performance.now();
    for (const [{ bytesRead }, use] of this.connections) Object.assign(use, { bytesRead, atMs: now });
    this.sweep(Number.POSITIVE_INFINITY);
  }

  /**
   * Takes no new connections and ends those that are idle; a connection that was told nothing is idle when nothing has
   * come for `quietMs`: one that is used may bring the next request while it is being closed.
   */
  close(quietMs: number): void {
    this.leave();
    this.server.closeIdleConnections = () => undefined;
    this.server.close();
    this.sweep(quietMs);
    this.settle();
  }

  /** Resolves once the server is closed, the last answer is sent and the last request is done with. */
  ended(): Promise<void> {
    return this.empty.promise;
  }

  /** How many requests are being worked on. */
  get active(): number {
    return this.working.size;
  }

  /** What still runs, a line each. */
  underWay(): readonly string[] {
    const now = [...this.working].map(
      ({ request, elapsedTime }) =>
        `${request.method} ${request.url.split('?')[0]} (for ${Math.round(elapsedTime)} ms)`,
    );
    return this.connections.size === 0 ? now : [...now, connections(this.connections.size)];
  }

  /** Ends what is left at once. */
  cut(): void {
    clearInterval(this.sweeps);
    for (const socket of this.connections.keys()) socket.destroy();
  }

  private sweep(quietMs: number): void {
    clearInterval(this.sweeps);
    const look = () => {
      const now = performance.now();
      for (const [socket, use] of this.connections) {
        if (isAnswering(socket) || socket.bytesRead !== use.bytesRead) {
          use.bytesRead = socket.bytesRead;
          use.atMs = now;
        } else if (now - use.atMs >= quietMs) socket.destroySoon();
      }
    };
    look();
    this.sweeps = setInterval(look, LOOK_EVERY_MS);
  }

  private settle(): void {
    if (!this.leaving || this.server.listening || this.connections.size > 0 || this.working.size > 0) return;
    clearInterval(this.sweeps);
    this.empty.resolve();
  }
}

const LOOK_EVERY_MS = 20;

/** Node keeps there what it answers, until the last byte of it is with the system. */
const isAnswering = (socket: Socket): boolean => '_httpMessage' in socket && Boolean(socket._httpMessage);

const connections = (count: number): string => (count === 1 ? '1 connection' : `${count} connections`);
