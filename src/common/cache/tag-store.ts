/** What the versions of tags are kept in, for all processes. */
export interface TagStore {
  /**
   * The versions that the tags have now, in their order; null for one that is being written. A tag without a
   * version gets a fresh one. A version is `memory:id`, where the memory is another after each failover and restart of
   * the store: no version then equals an earlier one.
   * @throws when the store can't be reached in time
   */
  fetch(tags: readonly string[]): Promise<readonly (string | null)[]>;

  /**
   * Adds the writer to those that are writing the tags, until it releases them or the time is over.
   * @throws when it isn't certain that all tags are marked
   */
  mark(tags: readonly string[], writer: string, ttlMs: number): Promise<void>;

  /**
   * Removes the writer; a tag that nobody writes any more gets a fresh version, even one that the writer's mark was
   * lost from.
   * @throws when the store can't be reached in time
   */
  release(tags: readonly string[], writer: string): Promise<void>;
}

/** The versions of some tags at one moment, in the order of the tags: what an entry is stored under. */
export type Stamp = readonly string[];

/** Whether both are of the same moment, as far as writes to these tags go. */
export function sameStamp(a: Stamp, b: Stamp): boolean {
  for (let at = 0; at < a.length; at += 1) if (a[at] !== b[at]) return false;
  return a.length === b.length;
}
