import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { PLATFORM_KEY } from './service.js';

/** One request as a client saw it. */
export interface Exchange {
  readonly to: string;
  /** The status, or the code of the error where there was no answer. */
  readonly outcome: number | string;
  readonly endedAtMs: number;
  /** Whether the answer asked the client to leave. */
  readonly last: boolean;
}

/** What a client sends next. */
export type Ask = () => { readonly method: string; readonly path: string; readonly body?: unknown };

/**
 * Clients that do as HTTP wants: each keeps its connection and sends one request after the other, and where it is told
 * that the connection closes it goes to the next process, as a balancer has it do.
 */
export class LeavingClients {
  readonly exchanges: Exchange[] = [];
  private readonly running: Promise<unknown>[] = [];
  private ended = false;
  private awaited: { readonly count: number; readonly resolve: () => void } | undefined;

  constructor(private readonly urls: readonly string[]) {}

  /** Adds clients that begin at the first process. @param pauseMs between a client's requests */
  add(count: number, ask: Ask, pauseMs = 0): void {
    for (let number = 0; number < count; number += 1) this.running.push(this.run(ask, pauseMs));
  }

  /** Resolves when so many requests have ended. */
  async served(count: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.awaited = { count, resolve };
    await promise;
  }

  /** Resolves when each has the answer to its last request. */
  async end(): Promise<void> {
    this.ended = true;
    await Promise.all(this.running);
  }

  private async run(ask: Ask, pauseMs: number): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    let at = 0;
    while (!this.ended) {
      const to = this.urls[at % this.urls.length] ?? '';
      const { outcome, last } = await exchange(agent, to, ask());
      this.exchanges.push({ to, outcome, endedAtMs: performance.now(), last });
      if (this.exchanges.length >= (this.awaited?.count ?? Number.POSITIVE_INFINITY)) this.awaited?.resolve();
      if (last || typeof outcome === 'string') at += 1;
      if (pauseMs > 0) await sleep(pauseMs);
    }
    agent.destroy();
  }
}

function exchange(agent: Agent, url: string, { method, path, body }: ReturnType<Ask>) {
  const { promise, resolve } = Promise.withResolvers<Pick<Exchange, 'outcome' | 'last'>>();
  const lost = (error: NodeJS.ErrnoException) => resolve({ outcome: error.code ?? error.message, last: true });
  const sent = request(`${url}${path}`, {
    method,
    agent,
    headers: { authorization: `Bearer ${PLATFORM_KEY}`, 'content-type': 'application/json' },
  });
  sent.on('error', lost).on('response', (answer) => {
    const { statusCode = 0, headers } = answer;
    answer
      .on('error', lost)
      .on('end', () => resolve({ outcome: statusCode, last: headers.connection === 'close' }))
      .resume();
  });
  sent.end(body === undefined ? undefined : JSON.stringify(body));
  return promise;
}
