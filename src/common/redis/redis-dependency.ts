import { Injectable } from '@nestjs/common';
import { Dependency } from '../resilience/dependency.js';
import { isRedisAway } from './guard-redis.js';

/** Redis as something that may be away. */
@Injectable()
export class RedisDependency extends Dependency {
  constructor() {
    super('redis', isRedisAway, inWords);
  }
}

/** What ioredis says of a command that there is no connection for. */
const inWords = (cause: string): string => (cause.includes('enableOfflineQueue') ? 'no connection' : cause);
