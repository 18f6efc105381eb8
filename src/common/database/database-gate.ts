import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import type { Connection } from 'mongoose';
import { CONFIGURATION } from '../../config/config.module.js';
import type { Configuration } from '../../config/configuration.js';
import { currentDeadline } from '../context/request-context.js';
import { ConcurrencyLimit } from '../resilience/concurrency-limit.js';
import { Deadline } from '../resilience/deadline.js';
import { Dependency } from '../resilience/dependency.js';
import { Probe } from '../resilience/probe.js';
import { RetryBudget, retry } from '../resilience/retry.js';
import { isDatabaseAway, isTransient } from './database-failures.js';

/** What an operation of the driver is given, so that it ends with whoever wants it. */
export interface OperationOptions {
  readonly signal: AbortSignal;
  readonly maxTimeMS: number;
}

/** Work that belongs to no request, such as looking up the keys of many, has this long. */
const ON_ITS_OWN_MS = 10_000;
/** Whoever would wait longer for a turn is refused; in a queue that stands, sooner. */
const TURN_WITHIN_MS = { waitMs: 5_000, standingWaitMs: 500 } as const;
const LEAST_AT_ONCE = 4;
/** Connections left for the ping and the fences: where it has to wait for one, a database that is only busy seems to be away. */
const RESERVED = 2;

/**
 * The way to the database for everything that is done for a request: bounded in number, behind a circuit breaker, ended
 * with the request's deadline, and, where it only reads, tried again when the connection breaks.
 */
@Injectable()
export class DatabaseGate implements OnModuleInit, OnApplicationShutdown {
  readonly dependency = new Dependency('mongodb', isDatabaseAway);
  readonly limit: ConcurrencyLimit;
  private readonly budget = new RetryBudget();
  private readonly probe: Probe;

  constructor(@InjectConnection() connection: Connection, @Inject(CONFIGURATION) { mongodb }: Configuration) {
    const most = Math.max(1, mongodb.maxPoolSize - RESERVED);
    this.limit = new ConcurrencyLimit({ least: Math.min(LEAST_AT_ONCE, most), most, ...TURN_WITHIN_MS });
    this.probe = new Probe(this.dependency, () => connection.getClient().db('admin').command({ ping: 1 }));
  }

  onModuleInit(): void {
    this.probe.start();
  }

  onApplicationShutdown(): void {
    this.probe.stop();
    this.dependency.stop();
  }

  /**
   * @throws {Unavailable} when the database is away
   * @throws {Overloaded} when it has as much to do as it can
   * @throws {DeadlineExceeded} {@link ClientGone}
   */
  async read<T>(work: (options: OperationOptions) => Promise<T>): Promise<T> {
    const deadline = currentDeadline();
    if (deadline !== undefined) return this.readUntil(deadline, work);
    const own = Deadline.in(ON_ITS_OWN_MS);
    return this.readUntil(own, work).finally(() => own.end());
  }

  /**
   * Does a write once.
   * @param canLeave whether it is still certain that nothing is written when nobody waits for it any more
   * @throws {Unavailable} {@link Overloaded}
   */
  async write<T>(work: () => Promise<T>, canLeave: () => boolean): Promise<T> {
    return this.limited('write', () => this.dependency.run(work, canLeave), currentDeadline());
  }

  /** Does a write that may be done twice, and again where the connection broke, within the deadline. */
  repeat<T>(write: () => Promise<T>): Promise<T> {
    return retry(write, { budget: this.budget, isTransient, signal: currentDeadline()?.signal });
  }

  private readUntil<T>(deadline: Deadline, work: (options: OperationOptions) => Promise<T>): Promise<T> {
    const { signal } = deadline;
    const once = () => deadline.within(work({ signal, maxTimeMS: deadline.leftMs }));
    return retry(() => this.limited('read', () => this.dependency.run(once), deadline), {
      budget: this.budget,
      isTransient,
      signal,
    });
  }

  private limited<T>(kind: 'read' | 'write', work: () => Promise<T>, deadline: Deadline | undefined): Promise<T> {
    // Nobody waits for a turn at a database that isn't there.
    this.dependency.assertAvailable();
    return this.limit.run(kind, work, deadline?.signal);
  }
}
