import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Redis } from 'ioredis';
import { CONFIGURATION } from '../../config/config.module.js';
import type { Configuration } from '../../config/configuration.js';
import { connectRedis } from './connect-redis.js';

/** A Redis that hangs counts as away. */
const COMMAND_TIMEOUT_MS = 1_000;

/** The connection to Redis that the process shares. A command while Redis is away fails at once instead of waiting. */
@Global()
@Module({
  providers: [
    {
      provide: Redis,
      inject: [CONFIGURATION],
      useFactory: ({ redis }: Configuration) =>
        connectRedis(redis.url, { maxRetriesPerRequest: 1, commandTimeout: COMMAND_TIMEOUT_MS }),
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
