import type { SharedTier, StoredEntry } from '../../../src/common/cache/shared-tier.js';
import type { Travel } from './network.js';

/** Entries that the processes share: they may come back late, or not at all, but never changed. */
export class ScheduledSharedTier implements SharedTier {
  constructor(
    private readonly entries: Map<string, StoredEntry>,
    private readonly travel: Travel,
  ) {}

  async get(keys: readonly string[]): Promise<readonly (StoredEntry | undefined)[]> {
    if (keys.length === 0) return [];
    await this.travel(`get entries ${keys}`);
    const found = keys.map((key) => this.entries.get(key));
    await this.travel(`reply to get entries ${keys}`);
    return found;
  }

  async set(key: string, entry: StoredEntry): Promise<void> {
    await this.travel(`set entry ${key}`);
    this.entries.set(key, entry);
  }

  async usedBytes(): Promise<undefined> {
    return undefined;
  }
}
