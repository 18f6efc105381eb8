import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Redis } from 'ioredis';
import { CONFIGURATION } from '../../config/config.module.js';
import type { Configuration } from '../../config/configuration.js';

/** A Redis that hangs counts as away. */
const COMMAND_TIMEOUT_MS = 1_000;

/** The connection to Redis that the process shares. A command while Redis is away fails at once instead of waiting. */
@Global()
@Module({
  providers: [
    {
      provide: Redis,
      inject: [CONFIGURATION],
      useFactory: ({ redis }: Configuration) => {
        const client = new Redis(redis.url, {
          enableOfflineQueue: false,
          maxRetriesPerRequest: 1,
          commandTimeout: COMMAND_TIMEOUT_MS,
          lazyConnect: false,
          // Its timer, of 2 s unless given, outlives a connection that was refused and keeps the process alive.
          disconnectTimeout: 50,
        });
        // Whoever sends a command learns of it; without a listener ioredis prints every attempt.
        client.on('error', () => undefined);
        return client;
      },
    },
  ],
  exports: [Redis],
})
export class RedisModule implements OnApplicationShutdown {
  constructor(@Inject(Redis) private readonly redis: Redis) {}

  onApplicationShutdown(): void {
    this.redis.disconnect();
  }
}
