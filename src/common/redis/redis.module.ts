import { Global, Inject, Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Redis } from 'ioredis';
import { CONFIGURATION } from '../../config/config.module.js';
import type { Configuration } from '../../config/configuration.js';
import { Probe } from '../resilience/probe.js';
import { connectRedis } from './connect-redis.js';
import { guardRedis } from './guard-redis.js';
import { RedisDependency } from './redis-dependency.js';

/** A Redis that hangs counts as away. */
const COMMAND_TIMEOUT_MS = 1_000;

/** The connection to Redis that the process shares. A command while Redis is away fails at once instead of waiting. */
@Global()
@Module({
  providers: [
    RedisDependency,
    {
      provide: Redis,
      inject: [CONFIGURATION],
      useFactory: ({ redis }: Configuration) =>
        connectRedis(redis.url, { maxRetriesPerRequest: 1, commandTimeout: COMMAND_TIMEOUT_MS }),
    },
  ],
  exports: [Redis, RedisDependency],
})
export class RedisModule implements OnModuleInit, OnApplicationShutdown {
  private readonly probe: Probe;

  constructor(
    @Inject(Redis) private readonly redis: Redis,
    private readonly dependency: RedisDependency,
  ) {
    this.probe = new Probe(dependency, guardRedis(redis, dependency));
  }

  onModuleInit(): void {
    this.probe.start();
  }

  onApplicationShutdown(): void {
    this.probe.stop();
    this.dependency.stop();
    this.redis.disconnect();
  }
}
