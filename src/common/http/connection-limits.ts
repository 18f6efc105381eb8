import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Logger } from '@nestjs/common';

/** How long and how much a client may take of the server. */
interface ConnectionLimits {
  readonly maxConnections: number;
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly keepAliveMs: number;
  readonly silenceTimeoutMs: number;
}

/**
 * Makes Node's server for Fastify, held to what it can bear: how many connections there are and which of them go when
 * there are too many, how long they may take, and how many requests each may have waiting.
 */
export function limitedServer(limits: ConnectionLimits) {
  return (handle: (request: IncomingMessage, response: ServerResponse) => void): Server => {
    const server = createServer({
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      keepAliveTimeout: limits.keepAliveMs,
      connectionsCheckingInterval: CHECK_EVERY_MS,
    });
    server.on('request', (request, response) => {
      if (mayWait(request, response)) handle(request, response);
    });
    server.setTimeout(limits.silenceTimeoutMs, (socket) => {
      // It waits for us, not we for it.
      const patient = socket.writableLength === 0 && (waiting.get(socket)?.size ?? 0) > 0;
      if (patient) socket.setTimeout(limits.silenceTimeoutMs);
      else socket.destroy();
    });
    limitOpen(server, limits.maxConnections);
    tellOfDropped(server);
    return server;
  };
}

/** So often Node looks for requests that take too long to arrive. */
const CHECK_EVERY_MS = 1_000;

interface Waiting {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** The requests of each connection that have no answer yet, in the order in which they came. */
const waiting = new WeakMap<Socket, Set<Waiting>>();

/**
 * Node stops reading when answers pile up, but not when requests do that take their time: a connection could have
 * thousands under way. What the front door answers at once never comes here.
 */
function mayWait(request: IncomingMessage, response: ServerResponse): boolean {
  const { socket } = request;
  const others = waiting.get(socket) ?? new Set();
  waiting.set(socket, others);
  if (others.size >= MOST_WAITING) {
    socket.destroy();
    return false;
  }
  const own: Waiting = { request, response };
  others.add(own);
  response.once('close', () => others.delete(own));
  return true;
}

/** Clients that send requests ahead at all send a few. */
const MOST_WAITING = 64;

/** The last request of the connection that has no answer yet. */
export const lastWaiting = (socket: Socket): Waiting | undefined => [...(waiting.get(socket) ?? [])].at(-1);

function limitOpen(server: Server, maxConnections: number): void {
  const open = new Map<Socket, number>();
  let madeRoomAt = 0;
  server.maxConnections = maxConnections;
  server.on('connection', (socket) => {
    const now = performance.now();
    open.set(socket, now);
    socket.once('close', () => open.delete(socket));
    if (open.size <= maxConnections * CROWDED || now - madeRoomAt < ROOM_EVERY_MS) return;
    madeRoomAt = now;
    makeRoom(server, open, open.size - Math.floor(maxConnections * COMFORTABLE));
  });
}

const CROWDED = 0.9;
const COMFORTABLE = 0.8;
const ROOM_EVERY_MS = 50;

/** Whoever has said nothing for a while goes first, the oldest before the others; then all that are idle. */
function makeRoom(server: Server, open: ReadonlyMap<Socket, number>, wanted: number): void {
  const longAgo = performance.now() - SILENT_MS;
  let closed = 0;
  for (const [socket, openedAt] of open) {
    if (closed === wanted) return;
    if (openedAt > longAgo) break;
    if (socket.bytesRead > 0 || socket.destroyed) continue;
    socket.destroy();
    closed += 1;
  }
  server.closeIdleConnections();
}

const SILENT_MS = 1_000;

function tellOfDropped(server: Server): void {
  let dropped = 0;
  server.on('drop', () => {
    dropped += 1;
    if (dropped > 1) return;
    setTimeout(() => {
      Logger.warn(`${dropped} connections refused: HTTP_MAX_CONNECTIONS (${server.maxConnections}) are open`, 'Http');
      dropped = 0;
    }, TELL_EVERY_MS).unref();
  });
}

const TELL_EVERY_MS = 5_000;
