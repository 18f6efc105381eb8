import { randomUUID } from 'node:crypto';
import { countBusiness } from '../observability/custom-metrics.js';
import { type Clock, type FenceLog, LEASE_MS } from './fences.js';
import type { TagStore } from './tag-store.js';
import { READ_LEASE_MS } from './tag-versions.js';

/**
 * What a write does when its tags can't be marked. `fenced`: it waits two seconds and then writes. `strict`: it is
 * refused. `available`: it doesn't wait, and other processes may serve what is older for up to two seconds.
 */
export type WritePolicy = 'fenced' | 'strict' | 'available';

/** The policy refuses writes while the tags can't be marked. */
export class WriteRefused extends Error {}

/** Thrown inside a write to have it begin again, behind a fence. */
class NotMarked extends Error {}

/** A write under way, as its transaction sees it. */
export interface OpenWrite {
  /** To be called first in each attempt: until {@link prepare}, a failure means that nothing was written. */
  begin(): void;
  /**
   * The last step of an attempt: what follows is the commit and nothing else.
   * @param tags what the write touches
   * @param endFence ends the fence in the transaction of the write, and throws when somebody else has ended it
   */
  prepare(tags: readonly string[], endFence: (id: string) => Promise<void>): Promise<void>;
}

/** Longer than a write takes that still commits: 20 s of repeating and the 60 s that MongoDB lets a transaction live. */
export const MARK_TTL_MS = 90_000;
/** A timer may fire a little early, and no two clocks run quite alike. */
const TIMER_EARLY_MS = 1;
const RELEASE_AGAIN_MS = 500;
const MOST_OWED = 100_000;

/** The writing side of the coherent cache: marks what a write touches before it commits, and releases it after. */
export class CoherentWrites {
  /** Releases that couldn't be made, by tag and writer; the marks run out if they never can. */
  private readonly owed = new Map<string, readonly string[]>();
  private again: NodeJS.Timeout | undefined;

  constructor(
    private readonly store: TagStore,
    private readonly fences: FenceLog,
    private readonly policy: WritePolicy,
    private readonly clock: Clock,
    /** Whether it is known that the store is away, so that nobody waits for it. */
    private readonly storeIsAway: () => boolean = () => false,
  ) {}

  /**
   * Runs a write. When this resolves, no process answers with anything older.
   * @param transact does the write in a transaction, in one attempt or several; it may run again
   * @throws {WriteRefused}
   */
  async run<T>(transact: (open: OpenWrite) => Promise<T>): Promise<T> {
    const write = new Write(randomUUID());
    const open: OpenWrite = {
      begin: () => {
        write.prepared = false;
      },
      prepare: (tags, endFence) => this.prepare(write, tags, endFence),
    };
    for (let behindFence = false; ; behindFence = true) {
      try {
        if (behindFence) await this.fence(write);
        const result = await transact(open);
        await this.release(write);
        if (behindFence) countBusiness('writes.behind_fence', 1, { policy: this.policy });
        return result;
      } catch (error) {
        if (error instanceof NotMarked) continue;
        await this.failed(write);
        throw error;
      }
    }
  }

  /** Gives tags fresh versions: what was kept under them is void when this resolves, in all processes. */
  async invalidate(tags: readonly string[]): Promise<void> {
    if (tags.length === 0) return;
    await this.store.release(tags, 'nobody');
    await this.outlastReadLeases();
  }

  stop(): void {
    clearTimeout(this.again);
  }

  private async prepare(write: Write, tags: readonly string[], endFence: (id: string) => Promise<void>): Promise<void> {
    for (const tag of tags) write.tags.add(tag);
    const { fence } = write;
    if (fence !== undefined) {
      if (!tags.every((tag) => fence.tags.has(tag))) throw new NotMarked();
      await endFence(fence.id);
    } else if (tags.length > 0) await this.mark(write, tags);
    write.prepared = true;
  }

  private async mark(write: Write, tags: readonly string[]): Promise<void> {
    if (this.storeIsAway()) throw new NotMarked();
    write.mayBeMarked = true;
    try {
      await this.store.mark(tags, write.id, MARK_TTL_MS);
    } catch {
      throw new NotMarked();
    }
    await this.outlastReadLeases();
  }

  /** Whoever has confirmed an entry before serves it without asking for so long. */
  private outlastReadLeases(): Promise<void> {
    return this.clock.sleep(READ_LEASE_MS + TIMER_EARLY_MS);
  }

  /** Announces the write through the database, and waits until every process has seen it or serves nothing. */
  private async fence(write: Write): Promise<void> {
    if (this.policy === 'strict') throw new WriteRefused('The caches cannot be told of the write');
    if (write.fence !== undefined) await this.fences.end(write.fence.id);
    const fence = { id: randomUUID(), tags: new Set(write.tags) };
    write.fence = fence;
    await this.fences.open(fence.id, [...fence.tags]);
    if (this.policy === 'fenced') await this.clock.sleep(LEASE_MS);
  }

  /**
   * After a failure nothing was written, unless the commit was sent: then nobody knows. A mark then stays until its
   * time is over, and so does a fence, which the write itself may have ended. Should Redis lose the mark meanwhile, the
   * tags get fresh versions when the write can't come any more.
   */
  private async failed(write: Write): Promise<void> {
    if (write.prepared) {
      setTimeout(() => void this.release(write), MARK_TTL_MS).unref();
      return;
    }
    await this.release(write);
    if (write.fence !== undefined) await this.fences.end(write.fence.id).catch(() => undefined);
  }

  /** A mark that can't be released keeps readers from the cache: slow, never stale. So nobody waits for it. */
  private async release(write: Write): Promise<void> {
    if (!write.mayBeMarked) return;
    const tags = [...write.tags];
    if (this.storeIsAway()) this.owe(write.id, tags);
    else await this.store.release(tags, write.id).catch(() => this.owe(write.id, tags));
  }

  private owe(writer: string, tags: readonly string[]): void {
    if (this.owed.size < MOST_OWED) this.owed.set(writer, tags);
    this.again ??= setTimeout(() => void this.releaseOwed(), RELEASE_AGAIN_MS).unref();
  }

  private async releaseOwed(): Promise<void> {
    this.again = undefined;
    for (const [writer, tags] of [...this.owed]) {
      try {
        await this.store.release(tags, writer);
        this.owed.delete(writer);
      } catch {
        this.again ??= setTimeout(() => void this.releaseOwed(), RELEASE_AGAIN_MS).unref();
        return;
      }
    }
  }
}

class Write {
  /** All that it has touched, in every attempt. */
  readonly tags = new Set<string>();
  mayBeMarked = false;
  /** The attempt under way has nothing left to do but to commit. */
  prepared = false;
  fence: { readonly id: string; readonly tags: ReadonlySet<string> } | undefined;

  constructor(readonly id: string) {}
}
