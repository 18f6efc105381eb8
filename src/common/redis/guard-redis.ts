import { type Redis, ReplyError } from 'ioredis';
import type { Dependency } from '../resilience/dependency.js';

type Send = Redis['sendCommand'];

/**
 * Puts a breaker before all commands of a client: while Redis hangs, commands are refused at once instead of after
 * their timeout. What the client itself sends to set up a connection passes.
 * @returns a ping that isn't held back
 */
export function guardRedis(client: Redis, dependency: Dependency): () => Promise<unknown> {
  const send: Send = client.sendCommand.bind(client);
  let pinging = false;
  client.sendCommand = (command, stream) => {
    if (pinging || stream !== undefined || client.status !== 'ready') return send(command, stream);
    dependency
      .run(() => Promise.resolve(send(command)))
      .catch((error: unknown) => command.reject(error instanceof Error ? error : new Error(String(error))));
    return command.promise;
  };
  return () => {
    pinging = true;
    try {
      return client.ping();
    } finally {
      pinging = false;
    }
  };
}

/** Replies of a server that can't serve now; all others are answers. */
const AWAY = /^(?:LOADING|MASTERDOWN|CLUSTERDOWN|TRYAGAIN) /;

/** Whether the error says that Redis is away: a lost connection, a command without a reply in time. */
export const isRedisAway = (error: unknown): boolean =>
  error instanceof Error && (!(error instanceof ReplyError) || AWAY.test(error.message));
