import { LRUCache } from 'lru-cache';
import type { Payload } from './payload.js';
import type { ResourceStatistics } from './statistics.js';
import type { Stamp } from './tag-store.js';
import type { ReadLease, Versions } from './tag-versions.js';

/** What is kept of one answer. Valid while all its tags have the versions of its stamp, and its time isn't over. */
export class Entry {
  /** How often it was served. */
  hits = 0;
  /** Until when it is known to hold; and whether that is being asked again. */
  lease: ReadLease = NO_LEASE;
  confirming = false;
  /** Who waits to be told, by the question of this turn of the event loop, whether it holds. */
  asked: Asked | undefined;
  /** Whatever the one who serves it makes once of it, such as headers. */
  prepared: unknown;

  constructor(
    readonly statistics: ResourceStatistics,
    readonly tags: readonly string[],
    readonly stamp: Stamp,
    readonly payload: Payload,
    /** When it was loaded, and until when it may be served; on the clock of `performance.now()`. */
    readonly bornMs: number,
    readonly freshUntilMs: number,
    /** Made of other entries, with the tags of all of them. */
    readonly composed = false,
  ) {}
}

/** A question for versions that isn't answered yet, and who is told of the answer. */
export interface Asked {
  readonly versions: Promise<Versions | undefined>;
  readonly waiters: ((held: true | Versions | undefined) => void)[];
}

const NO_LEASE: ReadLease = { untilMs: Number.NEGATIVE_INFINITY, generation: -1 };

/** What lru-cache, the entry and its stamp take besides key and payload. */
const ENTRY_BYTES = 512;
const TAG_BYTES = 290;
/** What is made of an entry to send it: heads for each coding, as lists and as text, and the bytes once more as text. */
const PREPARED_BYTES = 2_000;

/** The entries of this process, the least recently used given up when their bytes reach the bound. */
export class MemoryTier {
  private readonly entries: LRUCache<string, Entry>;

  constructor(readonly mostBytes: number) {
    this.entries = new LRUCache({
      maxSize: Math.max(1, mostBytes),
      maxEntrySize: Math.max(1, Math.floor(mostBytes / 8)),
    });
  }

  get bytes(): number {
    return this.entries.calculatedSize;
  }

  get size(): number {
    return this.entries.size;
  }

  get(key: string): Entry | undefined {
    return this.entries.get(key);
  }

  set(key: string, entry: Entry): void {
    const { tags, payload, prepared } = entry;
    const made = prepared === undefined ? 0 : payload.codings * PREPARED_BYTES + payload.bytes;
    const size = ENTRY_BYTES + tags.length * TAG_BYTES + 2 * key.length + payload.bytes + made;
    this.entries.set(key, entry, { size });
  }

  /** Counts the bytes again of an entry whose payload was asked for in a further coding. */
  grown(key: string, entry: Entry): void {
    if (this.entries.peek(key) !== entry) return;
    // lru-cache doesn't count a value again that it has already.
    this.entries.delete(key);
    this.set(key, entry);
  }

  /** Gives up the entries that have the tag; without one, all. */
  clear(tag?: string): void {
    if (tag === undefined) this.entries.clear();
    else for (const [key, entry] of this.entries) if (entry.tags.includes(tag)) this.entries.delete(key);
  }

  /** What was served most often. */
  hottest(most: number): readonly (readonly [key: string, entry: Entry])[] {
    return [...this.entries.entries()]
      .filter(([, { hits }]) => hits > 0)
      .sort(([, a], [, b]) => b.hits - a.hits)
      .slice(0, most);
  }
}
