import { setTimeout as sleep } from 'node:timers/promises';
import { type Db, MongoServerError } from 'mongodb';
import type { CacheService } from '../cache/cache-service.js';
import type { HeldLease, Lease } from '../cache/lease.js';
import { traceJob } from '../observability/spans.js';
import { isLast, type Step, Steps } from './change-steps.js';
import type { ChangeTags } from './change-tags.js';
import type { ResumeTokens } from './resume-tokens.js';

export interface FollowerParts {
  readonly db: Db;
  readonly tags: ChangeTags;
  readonly cache: Pick<CacheService, 'invalidate' | 'clear'>;
  readonly lease: Pick<Lease, 'take'>;
  readonly tokens: ResumeTokens;
  readonly log: { log(line: string): void; warn(line: string): void };
}

/** How often a process that doesn't lead tries to. */
const TRY_EVERY_MS = 1_000;
/** A batch takes no more steps then. */
const MOST_TAGS_OF_A_BATCH = 5_000;
/** How long the server waits for a change before it says that there is none. */
const AWAIT_MS = 1_000;
const LONGEST_PAUSE_MS = 5_000;
/**
 * The stream can't go on from there: the server has forgotten it, doesn't know it, or has met a change that it can't
 * tell of (ChangeStreamHistoryLost, ChangeStreamFatalError, InvalidResumeToken, 40647 and FailedToParse for tokens of
 * another server, CappedPositionLost, BSONObjectTooLarge).
 */
const LOST: ReadonlySet<unknown> = new Set([286, 280, 260, 40647, 9, 136, 10334]);
/** What else a server says so often in a row is taken for the same. */
const MOST_FAILURES = 10;

/**
 * Releases what writes past the service touch. One process of all leads and reads the change stream; each change is
 * released before its token is kept, so that the next leader sees again what may not have been, and misses nothing.
 */
export class ChangeFollower {
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();
  /** In a row, without a batch in between. */
  private failures = 0;
  private leading = false;

  constructor(private readonly parts: FollowerParts) {}

  /** Whether this process is the one that follows. */
  get leads(): boolean {
    return this.leading;
  }

  /** Follows, or waits to, until {@link stop}. */
  start(): void {
    this.running = this.run();
  }

  /** Resolves when nothing is under way any more; never rejects. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const lease = await this.parts.lease.take().catch(() => undefined);
      if (lease === undefined) await pause(TRY_EVERY_MS, signal);
      else await this.lead(lease);
    }
  }

  private async lead(lease: HeldLease): Promise<void> {
    const { log } = this.parts;
    const signal = AbortSignal.any([this.stopping.signal, lease.ended]);
    log.log('Follows the changes of the database');
    this.leading = true;
    this.failures = 0;
    let anew = false;
    while (!signal.aborted) {
      try {
        await this.follow(anew, signal);
        anew = false;
      } catch (error) {
        if (signal.aborted) break;
        this.failures += 1;
        anew = cannotGoOn(error, this.failures);
        if (this.failures === 1) log.warn(`The changes of the database cannot be read: ${String(error)}`);
        await pause(backoffMs(this.failures), signal);
      }
    }
    this.leading = false;
    if (!this.stopping.signal.aborted) log.warn('Has lost the lease: whoever takes it goes on');
    await lease.release();
  }

  /** Reads one stream until it ends or the signal is aborted. */
  private async follow(anew: boolean, signal: AbortSignal): Promise<void> {
    const { db, tags, tokens } = this.parts;
    const from = anew ? undefined : await tokens.read();
    const stream = db.watch(tags.pipeline, {
      fullDocument: 'updateLookup',
      maxAwaitTimeMS: AWAIT_MS,
      ...(from === undefined ? {} : { startAfter: from }),
    });
    const close = () => stream.close().catch(() => undefined);
    signal.addEventListener('abort', close);
    try {
      const steps = new Steps(stream);
      const first = await steps.next();
      if (from === undefined) await this.clear(signal);
      let last = await this.release(first, steps, signal);
      while (!signal.aborted && !isLast(last)) {
        last = await this.release(await steps.next(), steps, signal);
      }
    } finally {
      signal.removeEventListener('abort', close);
      await close();
    }
  }

  /** Voids everything: nobody knows what has been written before the stream, which stands by now. */
  private async clear(signal: AbortSignal): Promise<void> {
    const { cache, db, log } = this.parts;
    log.warn('It is not known which changes have been released: clears all caches');
    // Readers see what a majority has: that must be all that was written before the stream.
    await db.client.withSession({ causalConsistency: true }, async (session) => {
      await db.command({ ping: 1 }, { session });
      await db.collection('none').findOne({}, { session, readConcern: 'majority' });
    });
    await insist(() => cache.clear('all'), signal);
  }

  /** Releases the step's tags and those of all that follow it at once; then keeps the token. Answers the last step. */
  private async release(first: Step, steps: Steps, signal: AbortSignal): Promise<Step> {
    const { cache, tags, tokens } = this.parts;
    const touched = new Set<string>();
    let last = first;
    const add = (step: Step) => {
      last = step;
      if (step.change !== null) for (const tag of tags.of(step.change)) touched.add(tag);
    };
    add(first);
    if (first.change !== null) await steps.gather(add, () => touched.size < MOST_TAGS_OF_A_BATCH);
    if (touched.size > 0) {
      await traceJob('changes.release', () => insist(() => cache.invalidate([...touched]), signal));
    }
    const { token } = last;
    if (token) await insist(() => tokens.write(token), signal);
    this.failures = 0;
    return last;
  }
}

/** Repeats what Redis is away for, until it succeeds or the signal is aborted. */
async function insist(work: () => Promise<void>, signal: AbortSignal): Promise<void> {
  for (let failures = 1; ; failures += 1) {
    signal.throwIfAborted();
    try {
      return await work();
    } catch {
      await pause(backoffMs(failures), signal);
    }
  }
}

const cannotGoOn = (error: unknown, failures: number): boolean =>
  error instanceof MongoServerError && (LOST.has(error.code) || failures >= MOST_FAILURES);

const backoffMs = (failures: number): number => Math.min(50 * 2 ** failures, LONGEST_PAUSE_MS);

/** Ends early when the signal is aborted; never rejects. */
const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  sleep(ms, undefined, { signal, ref: false }).catch(() => undefined);
