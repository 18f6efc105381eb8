import type { Clock } from './fences.js';
import { SETTLE_MS } from './settling-times.js';
import type { TagStore } from './tag-store.js';

/**
 * A store that came back empty or old, or whose replica took over, may have lost marks of writes that are about to
 * commit. So its tags count as being written until those writes have ended one way or the other.
 */
export class SettlingTagStore implements TagStore {
  /** Until when each memory is young, by its name. */
  private readonly youngUntilMs = new Map<string, number>();

  /**
   * @param ageMs for how long the store has been up: a process that starts beside an old store needn't wait
   */
  constructor(
    private readonly store: TagStore,
    private readonly ageMs: () => Promise<number>,
    private readonly clock: Clock,
    private readonly settleMs = SETTLE_MS,
  ) {}

  async fetch(tags: readonly string[]): Promise<readonly (string | null)[]> {
    const versions = await this.store.fetch(tags);
    const memories = new Set(versions.map(memoryOf));
    for (const memory of memories) {
      if (memory !== null && !this.youngUntilMs.has(memory)) this.youngUntilMs.set(memory, await this.settlesAtMs());
    }
    const nowMs = this.clock.now();
    const isYoung = (memory: string | null) => memory !== null && nowMs < (this.youngUntilMs.get(memory) ?? 0);
    return [...memories].some(isYoung)
      ? versions.map((version) => (isYoung(memoryOf(version)) ? null : version))
      : versions;
  }

  mark(tags: readonly string[], writer: string, ttlMs: number): Promise<void> {
    return this.store.mark(tags, writer, ttlMs);
  }

  release(tags: readonly string[], writer: string): Promise<void> {
    return this.store.release(tags, writer);
  }

  private async settlesAtMs(): Promise<number> {
    const age = this.youngUntilMs.size === 0 ? await this.ageMs() : 0;
    return this.clock.now() + Math.max(0, this.settleMs - age);
  }
}

/** A version begins with the name of the memory that it stands in. */
const memoryOf = (version: string | null): string | null =>
  version === null ? null : version.slice(0, version.indexOf(':'));
