/** A write that couldn't mark its tags: it is announced through the database instead. */
export interface Fence {
  readonly id: string;
  readonly tags: readonly string[];
  /** Ended: the write has been committed, or never will be. */
  readonly pending: boolean;
}

/** Where fences are kept: what all processes have in common when the store of the tags is away. */
export interface FenceLog {
  /** Announces a write; when this resolves, every later read of the log sees it. */
  open(id: string, tags: readonly string[]): Promise<void>;
  /**
   * Ends a fence whose write hasn't been committed. From then on it can't be: the write ends its fence itself, in its
   * own transaction, and fails when that has been done already. An ended fence stays as it is.
   */
  end(id: string): Promise<void>;
  /** The fences that have changed since the last reading, as no later than the beginning of this call; at first all. */
  changed(): Promise<readonly Fence[]>;
}

export interface Clock {
  /** Milliseconds that only grow. */
  now(): number;
  sleep(ms: number): Promise<void>;
}

/** A process serves from the cache only this long after it has begun to read the fences. */
export const LEASE_MS = 2_000;
export const CHECK_EVERY_MS = 500;
/** A write that has not ended by then never will. */
export const FENCE_LIFE_MS = 60_000;
/** The log goes on telling of the latest changes until it drops them, which is sooner than that. */
const FORGET_AFTER_MS = 3 * 3_600_000;

interface KnownFence {
  readonly tags: readonly string[];
  readonly seenAtMs: number;
  ended: boolean;
}

/**
 * What this process knows of the fences. The tags of a fence count as being written from when it is seen until its
 * end is seen and they have fresh versions. A writer waits for {@link LEASE_MS} before it writes: then every process
 * that still serves from the cache has seen its fence.
 */
export class Fences {
  private readonly known = new Map<string, KnownFence>();
  private readonly fenced = new Map<string, number>();
  /** When they were given fresh versions; the log goes on telling of them for a while. */
  private readonly settled = new Map<string, number>();
  private leaseUntilMs = Number.NEGATIVE_INFINITY;
  private renewals = 0;

  constructor(
    private readonly log: FenceLog,
    /** Gives the tags fresh versions. */
    private readonly renew: (tags: readonly string[]) => Promise<void>,
    private readonly clock: Clock,
  ) {}

  /** Whether the fences are known well enough to serve from the cache at this moment. */
  maybeServed(): boolean {
    return this.clock.now() < this.leaseUntilMs;
  }

  /**
   * Rises when fenced tags have been given fresh versions. Versions that were asked for before may be older than the
   * write, though nothing is fenced any more when they arrive.
   */
  get generation(): number {
    return this.renewals;
  }

  /** Whether any tag is fenced. */
  get any(): boolean {
    return this.fenced.size > 0;
  }

  isFenced(tag: string): boolean {
    return this.fenced.size > 0 && this.fenced.has(tag);
  }

  /**
   * Reads the fences. To be called every {@link CHECK_EVERY_MS}.
   * @throws when the log can't be read; the lease runs out then
   */
  async check(): Promise<void> {
    const begunMs = this.clock.now();
    const changed = await this.log.changed();
    for (const fence of changed) this.see(fence);
    this.leaseUntilMs = begunMs + LEASE_MS;
    for (const [id, fence] of this.known) {
      if (!fence.ended && begunMs - fence.seenAtMs > FENCE_LIFE_MS) await this.endFor(id, fence);
    }
    await this.settle([...this.known].filter(([, { ended }]) => ended));
    for (const [id, atMs] of this.settled) if (begunMs - atMs > FORGET_AFTER_MS) this.settled.delete(id);
  }

  private see({ id, tags, pending }: Fence): void {
    if (this.settled.has(id)) return;
    const known = this.known.get(id);
    if (known !== undefined) {
      known.ended ||= !pending;
      return;
    }
    this.known.set(id, { tags, seenAtMs: this.clock.now(), ended: !pending });
    for (const tag of tags) this.fenced.set(tag, (this.fenced.get(tag) ?? 0) + 1);
  }

  /** Ends the fence of a writer that must have died; should it live, its commit fails. */
  private async endFor(id: string, fence: KnownFence): Promise<void> {
    await this.log.end(id);
    fence.ended = true;
  }

  private async settle(ended: readonly (readonly [string, KnownFence])[]): Promise<void> {
    if (ended.length === 0) return;
    try {
      await this.renew([...new Set(ended.flatMap(([, { tags }]) => tags))]);
    } catch {
      return; // Still fenced here; the next check tries again.
    }
    this.renewals += 1;
    for (const [id, { tags }] of ended) {
      this.known.delete(id);
      this.settled.set(id, this.clock.now());
      for (const tag of tags) this.unfence(tag);
    }
  }

  private unfence(tag: string): void {
    const others = (this.fenced.get(tag) ?? 1) - 1;
    if (others === 0) this.fenced.delete(tag);
    else this.fenced.set(tag, others);
  }
}
