import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Cache } from '../../common/cache/create-cache.js';
import { DatabaseGate } from '../../common/database/database-gate.js';
import { RedisDependency } from '../../common/redis/redis-dependency.js';
import {
  type BreakerState,
  type Dependency,
  isStateChange,
  STATE_CHANGES,
} from '../../common/resilience/dependency.js';
import { AccessTokens } from '../auth/access-tokens.js';
import { LoadShedder } from '../auth/load-shedder.js';

export interface BreakerReport {
  readonly dependency: string;
  readonly state: BreakerState;
  readonly successes: number;
  readonly failures: number;
  /** Calls that were refused while it was open. */
  readonly rejected: number;
  /** How often it has opened. */
  readonly opened: number;
  readonly inFlight: number;
  /** Why it opened last. */
  readonly cause?: string | undefined;
}

export interface ResilienceReport {
  readonly breakers: readonly BreakerReport[];
  /** Work at the database: how much may be done at once now, is done, waits for its turn, and was refused. */
  readonly database: {
    readonly limit: number;
    readonly running: number;
    readonly waiting: number;
    readonly refused: number;
  };
  readonly shedding: { readonly refusesAll: boolean; readonly refusedTenants: number; readonly refused: number };
  /** Answers that were the last known ones. */
  readonly stale: number;
}

/** What this process does about what it stands on; and a line in the log whenever that changes. */
@Injectable()
export class ResilienceService implements OnModuleInit, OnApplicationShutdown {
  private readonly log = new Logger('Resilience');
  private readonly dependencies: readonly Dependency[];

  constructor(
    private readonly database: DatabaseGate,
    redis: RedisDependency,
    { issuer }: AccessTokens,
    private readonly shedder: LoadShedder,
    private readonly cache: Cache,
  ) {
    this.dependencies = [database.dependency, redis, ...(issuer === undefined ? [] : [issuer])];
  }

  onModuleInit(): void {
    STATE_CHANGES.subscribe(this.tell);
  }

  onApplicationShutdown(): void {
    STATE_CHANGES.unsubscribe(this.tell);
  }

  report(): ResilienceReport {
    return {
      breakers: this.dependencies.map((dependency) => ({
        dependency: dependency.name,
        state: dependency.state,
        ...dependency.counts,
      })),
      database: this.database.limit.state,
      shedding: this.shedder.state,
      stale: this.cache.statistics.degraded,
    };
  }

  private readonly tell = (message: unknown): void => {
    if (!isStateChange(message) || !this.dependencies.includes(message.of)) return;
    const { of, state, cause } = message;
    if (state === 'open') this.log.warn(`${of.name} is away, nobody waits for it: ${cause}`);
    else this.log.log(state === 'closed' ? `${of.name} is back` : `${of.name} is tried again`);
  };
}
