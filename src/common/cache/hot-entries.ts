import type { Redis } from 'ioredis';
import { Entry, type MemoryTier } from './memory-tier.js';
import type { SharedTier } from './shared-tier.js';
import type { CacheStatistics } from './statistics.js';

/** What is told of an entry that is asked for often. */
interface HotEntry {
  readonly key: string;
  readonly resource: string;
  readonly tags: readonly string[];
}

const MOST = 500;
const KEPT_SECONDS = 3_600;

/**
 * Has a process begin with what the others serve most: the names stand in Redis, the entries in the shared tier. They
 * are confirmed when they are asked for, as all entries are.
 */
export class HotEntries {
  private readonly name: string;

  constructor(
    private readonly redis: Redis,
    namespace: string,
    private readonly memory: MemoryTier,
    private readonly shared: SharedTier,
    private readonly statistics: CacheStatistics,
  ) {
    this.name = `${namespace}:hot-entries`;
  }

  /** Notes what this process serves most; never rejects. */
  async note(): Promise<void> {
    const hottest = this.memory.hottest(MOST).filter(([, { composed }]) => !composed);
    if (hottest.length === 0) return;
    const entries = hottest.map(
      ([key, { statistics, tags }]): HotEntry => ({ key, resource: statistics.resource, tags }),
    );
    await this.redis.set(this.name, JSON.stringify(entries), 'EX', KEPT_SECONDS).catch(() => undefined);
  }

  /** The keys of what is served most: here, and by whoever noted it last; never rejects. */
  async keys(): Promise<readonly string[]> {
    const here = this.memory.hottest(MOST).map(([key]) => key);
    return [...new Set([...here, ...(await this.noted()).map(({ key }) => key)])];
  }

  /** Takes what was noted last into this process's memory; never rejects. */
  async take(): Promise<void> {
    const hot = await this.noted();
    const stored = await this.shared.get(hot.map(({ key }) => key));
    for (const [at, { key, resource, tags }] of hot.entries()) {
      const entry = stored[at];
      if (entry === undefined || entry.stamp.length !== tags.length) continue;
      const { stamp, payload, ageMs, ttlMs } = entry;
      const now = performance.now();
      this.memory.set(key, new Entry(this.statistics.of(resource), tags, stamp, payload, now - ageMs, now + ttlMs));
    }
  }

  private async noted(): Promise<readonly HotEntry[]> {
    return hotEntriesOf(await this.redis.get(this.name).catch(() => null));
  }
}

function hotEntriesOf(noted: string | null): readonly HotEntry[] {
  try {
    const hot: unknown = JSON.parse(noted ?? '[]');
    return Array.isArray(hot) ? hot : [];
  } catch {
    return [];
  }
}
