import { Redis, type RedisOptions } from 'ioredis';
import { traceRedis } from './traced-redis.js';

/**
 * A connection on which nothing comes for this long, though a reply is due, is given up and made anew: its server may
 * have left without a word, and would never be heard of again.
 */
const SILENT_FOR_MS = 2_000;

/** A connection whose commands fail while Redis is away, at once or after their `commandTimeout`, instead of waiting for it. */
export function connectRedis(url: string, options: Omit<RedisOptions, 'replyMapping'>): Redis {
  const client = new Redis(url, {
    enableOfflineQueue: false,
    // Its timer, of 2 s unless given, outlives a connection that was refused and keeps the process alive.
    disconnectTimeout: 50,
    socketTimeout: SILENT_FOR_MS,
    ...options,
  });
  // Whoever sends a command learns of it; without a listener ioredis prints every attempt.
  client.on('error', () => undefined);
  traceRedis(client);
  return client;
}
