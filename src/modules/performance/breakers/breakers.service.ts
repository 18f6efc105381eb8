import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Cache } from '../../../common/cache/create-cache.js';
import { DatabaseGate } from '../../../common/database/database-gate.js';
import type { LimitState } from '../../../common/resilience/concurrency-limit.js';
import {
  type BreakerState,
  type Dependency,
  isStateChange,
  STATE_CHANGES,
} from '../../../common/resilience/dependency.js';
import { LoadShedder } from '../../auth/load-shedder.js';
import { Dependencies } from '../dependencies.js';
import { type ProcessIdentity, thisProcess } from '../this-process.js';

export interface BreakerReport {
  readonly dependency: string;
  readonly state: BreakerState;
  /** When it came to be so; the start of the process where it has never changed. */
  readonly since: string;
  readonly successes: number;
  readonly failures: number;
  /** Calls that were refused while it was open. */
  readonly rejected: number;
  /** How often it has opened. */
  readonly opened: number;
  readonly inFlight: number;
  /** Why it opened last. */
  readonly cause?: string | undefined;
  /** The latest first. */
  readonly lastErrors: readonly { readonly at: string; readonly message: string }[];
}

export interface BreakersReport {
  readonly process: ProcessIdentity;
  readonly breakers: readonly BreakerReport[];
  /** Work at the database. */
  readonly database: LimitState;
  readonly shedding: { readonly refusesAll: boolean; readonly refusedTenants: number; readonly refused: number };
  /** Answers that were the last known ones. */
  readonly stale: number;
}

/** What this process does about what it stands on; and a line in the log whenever that changes. */
@Injectable()
export class BreakersService implements OnModuleInit, OnApplicationShutdown {
  private readonly log = new Logger('Resilience');

  constructor(
    private readonly database: DatabaseGate,
    private readonly dependencies: Dependencies,
    private readonly shedder: LoadShedder,
    private readonly cache: Cache,
  ) {}

  onModuleInit(): void {
    STATE_CHANGES.subscribe(this.tell);
  }

  onApplicationShutdown(): void {
    STATE_CHANGES.unsubscribe(this.tell);
  }

  report(): BreakersReport {
    return {
      process: thisProcess(),
      breakers: this.dependencies.all.map(breakerReport),
      database: this.database.limit.state,
      shedding: this.shedder.state,
      stale: this.cache.statistics.degraded,
    };
  }

  private readonly tell = (message: unknown): void => {
    if (!isStateChange(message) || !this.dependencies.all.includes(message.of)) return;
    const { of, state, cause } = message;
    if (state === 'open') this.log.warn(`${of.name} is away, nobody waits for it: ${cause}`);
    else this.log.log(state === 'closed' ? `${of.name} is back` : `${of.name} is tried again`);
  };
}

const breakerReport = ({ name, state, changedAt, counts, lastErrors }: Dependency): BreakerReport => ({
  dependency: name,
  state,
  since: changedAt.toISOString(),
  ...counts,
  lastErrors: lastErrors.map(({ at, message }) => ({ at: at.toISOString(), message })),
});
