import { Injectable } from '@nestjs/common';
import { DatabaseGate } from '../../common/database/database-gate.js';
import { RedisDependency } from '../../common/redis/redis-dependency.js';
import type { Dependency } from '../../common/resilience/dependency.js';
import { AccessTokens } from '../auth/access-tokens.js';

/** All that this process stands on, each behind its circuit breaker. */
@Injectable()
export class Dependencies {
  readonly all: readonly Dependency[];

  constructor(database: DatabaseGate, redis: RedisDependency, { issuer }: AccessTokens) {
    this.all = [database.dependency, redis, ...(issuer === undefined ? [] : [issuer])];
  }
}
