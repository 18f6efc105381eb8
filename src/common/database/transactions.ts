import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import type { ClientSession, TransactionOptions } from 'mongodb';
import type { Connection } from 'mongoose';
import { type OpenWrite, WriteRefused } from '../cache/coherent-writes.js';
import { Cache } from '../cache/create-cache.js';
import { FenceLost } from '../cache/mongo-fence-log.js';
import { COMMIT_WITHIN_MS } from '../cache/settling-times.js';
import { currentDeadline } from '../context/request-context.js';
import { onceForKey } from '../idempotency/kept-results.js';
import { Problem } from '../problems/problems.js';
import { DeadlineExceeded } from '../resilience/deadline.js';
import { OutcomeUnknown, Unavailable } from '../resilience/unavailable.js';
import { attemptAgain, commitAgain } from './broken-connections.js';
import { CoherenceSampler } from './coherence-sampler.js';
import { DatabaseGate } from './database-gate.js';
import { NewIds, type Touched, TouchedTags } from './touched-tags.js';

@Injectable()
export class Transactions {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    private readonly cache: Cache,
    private readonly touchedTags: TouchedTags,
    private readonly sampler: CoherenceSampler,
    private readonly database: DatabaseGate,
  ) {}

  /**
   * Runs the work in one transaction with snapshot reads and a majority commit; when this resolves, no process serves
   * anything older from a cache. The work may run more than once (it is repeated when it conflicts with another), so
   * it must do nothing else. Where the request has an idempotency key, work that was done for it before is not done
   * again: its result is what it was.
   * @throws {Unavailable} {@link Overloaded} {@link DeadlineExceeded} when nothing is written
   * @throws {OutcomeUnknown}
   * @throws {Problem} `write-conflict` when it has conflicted with others for too long, `service-unavailable` when the
   *   caches can't be told of it and the write policy is strict
   */
  async run<T>(work: (session: ClientSession) => Promise<T>): Promise<T> {
    const ids = new NewIds();
    const done: { touched?: Touched } = {};
    const once = onceForKey(this.connection, work);
    const transact = (wish: Wish, open: OpenWrite) =>
      this.connection.getClient().withSession((session) => {
        commitAgain(session);
        return session.withTransaction(async () => {
          wish.assert();
          done.touched = this.touchedTags.begin(session, ids);
          return this.attempt(open, done.touched, session, once, wish).catch((error: unknown) => {
            wish.notCommitted();
            throw attemptAgain(error);
          });
        }, TRANSACTION);
      });
    const write = () => {
      const wish = new Wish();
      // A write that waits behind its fence takes up no place at the database.
      const inTurn = (open: OpenWrite) =>
        this.database.write(
          () => transact(wish, open),
          () => wish.withdraw(),
        );
      return this.cache.writes.run(inTurn).catch((error: unknown) => wish.explain(error));
    };
    // What was kept for the key says whether the transaction was committed, so that it may be done again.
    const result = await (once === work ? write() : this.database.repeat(write)).catch(translateRefusals);
    this.sampler.consider(done.touched?.sample);
    return result;
  }

  private async attempt<T>(
    open: OpenWrite,
    touched: Touched,
    session: ClientSession,
    work: (session: ClientSession) => Promise<T>,
    wish: Wish,
  ): Promise<T> {
    open.begin();
    const result = await work(session);
    wish.commit();
    await open.prepare([...touched.tags], (fence) => this.cache.fenceLog.endWithin(session, fence));
    return result;
  }
}

const TRANSACTION: TransactionOptions = {
  readConcern: { level: 'snapshot' },
  writeConcern: { w: 'majority' },
  readPreference: 'primary',
  maxCommitTimeMS: COMMIT_WITHIN_MS,
};

/** Whether a write is still wanted: what nobody waits for any more is not committed. */
class Wish {
  private readonly begunMs = performance.now();
  private readonly deadline = currentDeadline();
  private committing = false;
  private withdrawn = false;

  /**
   * For the begin of each attempt.
   * @throws when the attempt isn't to be made
   */
  assert(): void {
    this.committing = false;
    if (this.withdrawn || (this.deadline?.leftMs ?? Number.POSITIVE_INFINITY) <= 1) throw new DeadlineExceeded();
    if (performance.now() - this.begunMs > REPEAT_FOR_MS) throw new Problem('write-conflict');
  }

  /** @throws when the write isn't to be committed */
  commit(): void {
    this.assert();
    this.committing = true;
  }

  /** The attempt has failed before its commit was sent. */
  notCommitted(): void {
    this.committing = false;
  }

  /** @throws {OutcomeUnknown} instead of an error that leaves open whether it was committed */
  explain(error: unknown): never {
    throw this.committing && error instanceof Unavailable ? new OutcomeUnknown(error) : error;
  }

  /** Whether nothing will be written: not once it may have been committed. */
  withdraw(): boolean {
    this.withdrawn ||= !this.committing;
    return this.withdrawn;
  }
}

/** The driver itself would repeat for two minutes. */
const REPEAT_FOR_MS = 20_000;

function translateRefusals(error: unknown): never {
  if (error instanceof WriteRefused) throw new Problem('service-unavailable', { headers: { 'retry-after': '5' } });
  if (error instanceof FenceLost) throw new Problem('write-conflict');
  throw error;
}
