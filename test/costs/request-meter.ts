import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ModulesContainer } from '@nestjs/core';
import { Redis } from 'ioredis';
import { type CapturedCommand, CapturedCommands } from '../../src/common/database/captured-commands.js';
import type { TestService } from '../support/service.js';

/** What the service has sent for a request. */
export interface Metered {
  /** In order. */
  readonly database: readonly CapturedCommand[];
  /** Names in order, scripts by the names that they are defined under. */
  readonly redis: readonly string[];
  /** How often something was waited for on a connection to Redis. */
  readonly redisTrips: number;
}

/** What is sent to Redis for a request, so far. */
class RedisRecording {
  readonly names: string[] = [];
  readonly replies: Promise<unknown>[] = [];
  trips = 0;
  private readonly waiting = new Map<Redis, number>();

  /**
   * Commands that leave while an earlier one is under way on their connection are one round trip with it (ioredis
   * writes each at once, in order, and waits for none). Nobody waits for an entry to be kept, so a `set` is none.
   */
  sent(client: Redis, name: string, reply: Promise<unknown>): void {
    this.names.push(name);
    const waitedFor = name !== 'set';
    const before = this.waiting.get(client) ?? 0;
    if (waitedFor && before === 0) this.trips += 1;
    if (waitedFor) this.waiting.set(client, before + 1);
    // Told of the reply before whoever waits for it.
    const replied = () => {
      if (waitedFor) this.waiting.set(client, (this.waiting.get(client) ?? 1) - 1);
    };
    this.replies.push(reply.then(replied, replied));
  }
}

/**
 * Tells what the service sends for one request, by the async context that it is sent in: what timers and other
 * requests send in the meantime is not of it.
 */
export class RequestMeter {
  private readonly storage = new AsyncLocalStorage<RedisRecording>();
  private readonly captured: CapturedCommands;
  /** Takes the next request that comes. */
  private next: ((serve: () => void, response: ServerResponse) => void) | undefined;

  constructor({ app }: TestService) {
    this.captured = app.get(CapturedCommands);
    const modules = [...app.get(ModulesContainer).values()];
    const clients = modules.flatMap(({ providers }) => [...providers.values()].map(({ instance }) => instance));
    for (const client of new Set(clients)) if (client instanceof Redis) this.watch(client);
    this.standBefore(app.getHttpServer());
  }

  /** What is sent for the one request that the work makes. */
  async during<T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly metered: Metered }> {
    const served = Promise.withResolvers<Metered>();
    this.next = (serve, response) => this.record(serve, response).then(served.resolve, served.reject);
    return { result: await work(), metered: await served.promise };
  }

  private async record(serve: () => void, response: ServerResponse): Promise<Metered> {
    const redis = new RedisRecording();
    const closed = new Promise((resolve) => response.once('close', resolve));
    const { commands: database } = await this.captured.during(async () => {
      this.storage.run(redis, serve);
      await closed;
      await quiet(() => redis.replies);
    });
    return { database, redis: redis.names, redisTrips: redis.trips };
  }

  private watch(client: Redis): void {
    const send: Redis['sendCommand'] = client.sendCommand.bind(client);
    client.sendCommand = (command, stream) => {
      // What is sent of a script is its text or its digest, as the connection needs it.
      const name = nameOf(client, command);
      const reply = send(command, stream);
      this.storage.getStore()?.sent(client, name, command.promise);
      return reply;
    };
  }

  private standBefore(server: Server): void {
    const handlers = server.listeners('request');
    server.removeAllListeners('request');
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const serve = () => {
        for (const handle of handlers) handle.call(server, request, response);
      };
      const { next } = this;
      this.next = undefined;
      if (next === undefined) serve();
      else next(serve, response);
    });
  }
}

type Command = Parameters<Redis['sendCommand']>[0];

function nameOf(client: Redis, { name, args }: Command): string {
  if (name !== 'evalsha') return name;
  const scripts: Readonly<Record<string, { readonly sha: string }>> = client.scriptsSet;
  return Object.keys(scripts).find((script) => scripts[script]?.sha === args[0]) ?? name;
}

/** Until all replies are there, and no more was sent because of them. */
async function quiet(replies: () => readonly Promise<unknown>[]): Promise<void> {
  for (let seen = -1; seen !== replies().length; ) {
    seen = replies().length;
    await Promise.all(replies());
    await nextTurn();
    await nextTurn();
  }
}
