import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Redis } from 'ioredis';
import { correlationIdOf } from '../common/http/http-server.js';
import { SAFE_HEADERS } from '../common/http/secure-headers.js';
import { Problem, problemBody } from '../common/problems/problems.js';
import { connectRedis } from '../common/redis/connect-redis.js';
import type { Configuration } from '../config/configuration.js';
import type { DependencyState, Readiness } from '../modules/health/readiness.js';

const RETRY_AFTER_SECONDS = 5;

/** Stands where the service will listen, while it can't be built: alive, not ready, and everybody else is told to come back. */
export class WaitingRoom {
  private mongodb: DependencyState = 'down';

  private constructor(
    private readonly server: Server,
    private readonly redis: Redis,
    private readonly cacheEnabled: boolean,
  ) {
    server.on('request', (request, response) => this.answer(request, response));
  }

  /** @throws when it can't listen there */
  static async open({ http, redis, cache }: Configuration): Promise<WaitingRoom> {
    const server = createServer();
    const listening = Promise.withResolvers<void>();
    server.once('error', listening.reject).listen(http.port, http.host, listening.resolve);
    await listening.promise;
    return new WaitingRoom(server, connectRedis(redis.url, { maxRetriesPerRequest: 0 }), cache.enabled);
  }

  /** Where it listens: the configured port, or the one that it was given. */
  get port(): number {
    const address = this.server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** Tells who asks from now on. */
  says(mongodb: DependencyState): void {
    this.mongodb = mongodb;
  }

  /** Leaves the port to the service. */
  async close(): Promise<void> {
    this.redis.disconnect();
    await new Promise((resolve) => {
      this.server.close(resolve);
      this.server.closeAllConnections();
    });
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const { method, url = '', headers } = request;
    const path = url.split('?')[0] ?? '';
    const probe = method === 'GET' || method === 'HEAD' ? path : undefined;
    const correlationId = correlationIdOf(headers);
    request.resume(); // A body is read, so that its sender reads the answer.
    response.setHeader('x-correlation-id', correlationId);
    if (probe === '/livez') send(response, 200, 'application/json', { status: 'ok' });
    else if (probe === '/readyz') send(response, 503, 'application/json', this.readiness());
    else {
      const problem = new Problem('service-unavailable', { detail: 'The service is starting.' });
      response.setHeader('retry-after', RETRY_AFTER_SECONDS);
      send(response, problem.status, 'application/problem+json', problemBody(problem, path, correlationId));
    }
  }

  private readiness(): Readiness {
    return {
      status: 'unavailable',
      phase: 'starting',
      mongodb: this.mongodb,
      redis: this.redis.status === 'ready' ? 'up' : 'down',
      indexes: 'unverified',
      cache: this.cacheEnabled ? 'warming' : 'off',
    };
  }
}

function send(response: ServerResponse, status: number, type: string, body: object): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    ...SAFE_HEADERS,
    'content-type': type,
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    // The next request may be the service's.
    connection: 'close',
  });
  response.end(text);
}
