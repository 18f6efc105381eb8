import type { Fences } from './fences.js';
import type { Stamp, TagStore } from './tag-store.js';

/** The versions of the tags of one turn, as they all were at one moment after the turn. */
export class Versions {
  constructor(
    private readonly versions: ReadonlyMap<string, string | null>,
    /** When they were asked for, on the clock of this process: they are no older. */
    readonly askedAtMs: number,
    /** Of the fences, see {@link Fences.generation}. */
    readonly generation: number,
  ) {}

  /** The versions of these tags; null when one of them is being written. */
  stampOf(tags: readonly string[]): Stamp | null {
    const stamp: string[] = [];
    for (const tag of tags) {
      const version = this.versions.get(tag);
      if (version === undefined || version === null) return null;
      stamp.push(version);
    }
    return stamp;
  }

  /** Whether the tags still have these versions, and none is being written. */
  are(tags: readonly string[], stamp: Stamp): boolean {
    for (let at = 0; at < tags.length; at += 1) {
      if (this.versions.get(tags[at] ?? '') !== stamp[at]) return false;
    }
    return true;
  }
}

/** The next call to the store: whoever asks before it is sent takes part in it. */
interface Turn {
  readonly tags: Set<string>;
  readonly answer: PromiseWithResolvers<Versions | undefined>;
  over: boolean;
}

/** For how long versions hold from when they were asked for. */
export const READ_LEASE_MS = 5;
/** What is asked for again and again is confirmed when no more than this is left. */
export const CONFIRM_AHEAD_MS = 3;

/** Until when what was confirmed can be served without asking again. */
export interface ReadLease {
  readonly untilMs: number;
  readonly generation: number;
}

const PROBE_EVERY_MS = 250;

/**
 * Versions of tags, never older than the question: all questions of one turn of the event loop are one call to the
 * store, and nobody joins a call that has been sent. While a call is under way those of the next turns gather for one
 * that follows it: under load each call serves many, which is what keeps a hit cheap. While the store is away, answers
 * come at once: undefined.
 */
export class TagVersions {
  private next: Turn | undefined;
  private calling = false;
  private probe: NodeJS.Timeout | undefined;
  /** The store can't be relied on: nothing is served from the cache. */
  suspended = false;

  constructor(
    private readonly store: TagStore,
    private readonly fences: Fences,
    /** Calls back when the turn is over. */
    private readonly atEndOfTurn: (send: () => void) => void = setImmediate,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Whether the store answered lately. */
  get available(): boolean {
    return this.probe === undefined;
  }

  /** The versions of these tags, and others; undefined when nothing may be served from the cache now. Never rejects. */
  fetch(tags: readonly string[]): Promise<Versions | undefined> {
    if (this.probe !== undefined || this.suspended) return UNAVAILABLE;
    this.next ??= this.begin();
    for (const tag of tags) this.next.tags.add(tag);
    return this.next.answer.promise;
  }

  /**
   * Whether tags that had these versions still have them, as every write waits for {@link READ_LEASE_MS} between its
   * mark and its commit: one that could commit by now would have been seen marked by then.
   */
  stillHold(tags: readonly string[], lease: ReadLease): boolean {
    const { fences } = this;
    return (
      this.now() < lease.untilMs &&
      fences.maybeServed() &&
      fences.generation === lease.generation &&
      !this.suspended &&
      !(fences.any && tags.some((tag) => fences.isFenced(tag)))
    );
  }

  stop(): void {
    clearInterval(this.probe);
    this.probe = undefined;
  }

  private begin(): Turn {
    const turn: Turn = { tags: new Set(), answer: Promise.withResolvers(), over: false };
    this.atEndOfTurn(() => {
      turn.over = true;
      if (!this.calling) void this.call(turn);
    });
    return turn;
  }

  private async call(turn: Turn): Promise<void> {
    this.calling = true;
    for (let next: Turn | undefined = turn; next?.over === true; next = this.next) {
      this.next = undefined;
      // Those who have gathered don't wait for a store that was just found to be away.
      next.answer.resolve(this.probe === undefined ? await this.ask([...next.tags]) : undefined);
    }
    this.calling = false;
  }

  private async ask(tags: readonly string[]): Promise<Versions | undefined> {
    try {
      const { generation } = this.fences;
      const askedAtMs = this.now();
      const states = await this.store.fetch(tags);
      // Asked now, when the versions are known: a fence that this process has not seen yet can't have been waited out.
      if (!this.fences.maybeServed() || this.fences.generation !== generation) return undefined;
      const versions = tags.map((tag, at) => [tag, this.fences.isFenced(tag) ? null : (states[at] ?? null)] as const);
      return new Versions(new Map(versions), askedAtMs, generation);
    } catch {
      this.probe ??= setInterval(() => void this.probeStore(), PROBE_EVERY_MS).unref();
      return undefined;
    }
  }

  private async probeStore(): Promise<void> {
    await this.store.fetch([]).then(
      () => this.stop(),
      () => undefined,
    );
  }
}

const UNAVAILABLE = Promise.resolve(undefined);
