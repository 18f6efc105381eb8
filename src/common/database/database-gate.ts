import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import type { Connection } from 'mongoose';
import { CONFIGURATION } from '../../config/config.module.js';
import type { Configuration } from '../../config/configuration.js';
import { currentDeadline } from '../context/request-context.js';
import { ConcurrencyLimit } from '../resilience/concurrency-limit.js';
import { Deadline, type TimeLimit, unlessAborted } from '../resilience/deadline.js';
import { Dependency } from '../resilience/dependency.js';
import { Probe } from '../resilience/probe.js';
import { RetryBudget, retry } from '../resilience/retry.js';
import { isDatabaseAway, isTransient } from './database-failures.js';

/** What an operation of the driver is given, so that it ends with whoever wants it. */
export interface OperationOptions {
  readonly signal: AbortSignal;
  readonly maxTimeMS: number;
}

type Read<T> = (options: OperationOptions) => Promise<T>;

/** Lets one try of a read be made, at once or in its turn. */
type Admission = <T>(once: () => Promise<T>, limit: TimeLimit) => Promise<T>;

/** Work that belongs to no request, such as looking up the keys of many, has this long. */
const ON_ITS_OWN_MS = 10_000;
/** Whoever would wait longer for a turn is refused; in a queue that stands, sooner. */
const TURN_WITHIN_MS = { waitMs: 5_000, standingWaitMs: 500 } as const;
const LEAST_AT_ONCE = 4;
/** Writes that wait for each other, or for what a dead process has left locked, leave room for reads. */
const WRITES_SHARE = 0.5;
const WRITES_WITHIN_MS = { waitMs: 5_000, standingWaitMs: 5_000 } as const;
/**
 * Connections left for the ping, the fences and who asks: where the ping has to wait for one, a database that is only
 * busy seems to be away.
 */
const RESERVED = 4;

/**
 * The way to the database for everything that is done for a request: bounded in number, behind a circuit breaker, ended
 * with the request's deadline, and, where it only reads, tried again when the connection breaks.
 */
@Injectable()
export class DatabaseGate implements OnModuleInit, OnApplicationShutdown {
  readonly dependency = new Dependency('mongodb', isDatabaseAway);
  readonly limit: ConcurrencyLimit;
  /** Writes pass it before the other. */
  readonly writes: ConcurrencyLimit;
  private readonly budget = new RetryBudget();
  private readonly probe: Probe;

  constructor(@InjectConnection() connection: Connection, @Inject(CONFIGURATION) { mongodb }: Configuration) {
    const most = Math.max(1, mongodb.maxPoolSize - RESERVED);
    this.limit = new ConcurrencyLimit({ least: Math.min(LEAST_AT_ONCE, most), most, ...TURN_WITHIN_MS });
    const writes = Math.ceil(most * WRITES_SHARE);
    this.writes = new ConcurrencyLimit({ least: writes, most: writes, ...WRITES_WITHIN_MS });
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
  async read<T>(work: Read<T>): Promise<T> {
    const inTurn: Admission = (once, limit) => this.limited('read', once, limit);
    const deadline = currentDeadline();
    return deadline === undefined ? this.readOnItsOwn(work, inTurn) : this.readUntil(deadline, work, inTurn);
  }

  /**
   * A read that all requests of a client wait for, those that the cache answers too, such as who it is. It passes by the
   * limit and the queue before it: whoever calls it bounds how many there are.
   * @throws {Unavailable} {@link DeadlineExceeded}
   */
  async readAhead<T>(work: Read<T>): Promise<T> {
    return this.readOnItsOwn(work, (once) => once());
  }

  /**
   * Does a write once.
   * @param canLeave whether it is still certain that nothing is written when nobody waits for it any more
   * @throws {Unavailable} {@link Overloaded}
   */
  async write<T>(work: () => Promise<T>, canLeave: () => boolean): Promise<T> {
    const limit = currentDeadline();
    const inTurn = () => this.limited('write', () => this.dependency.run(work, canLeave), limit);
    this.dependency.assertAvailable();
    return this.writes.run('write', inTurn, limit?.signal);
  }

  /** Does a write that may be done twice, and again where the connection broke, within the deadline. */
  repeat<T>(write: () => Promise<T>): Promise<T> {
    return retry(write, { budget: this.budget, isTransient, signal: currentDeadline()?.signal });
  }

  private readOnItsOwn<T>(work: Read<T>, admit: Admission): Promise<T> {
    const own = Deadline.in(ON_ITS_OWN_MS);
    return this.readUntil(own, work, admit).finally(() => own.end());
  }

  private readUntil<T>(limit: TimeLimit, work: Read<T>, admit: Admission): Promise<T> {
    const { signal } = limit;
    const inTime = () => unlessAborted(work({ signal, maxTimeMS: limit.leftMs }), signal);
    const once = () => this.dependency.run(inTime);
    return retry(() => admit(once, limit), { budget: this.budget, isTransient, signal });
  }

  private limited<T>(kind: 'read' | 'write', work: () => Promise<T>, limit: TimeLimit | undefined): Promise<T> {
    // Nobody waits for a turn at a database that isn't there.
    this.dependency.assertAvailable();
    return this.limit.run(kind, work, limit?.signal);
  }
}
