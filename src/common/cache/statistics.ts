import { Sketch } from '../observability/sketch.js';

/** What happened to the reads of one resource. */
export class ResourceStatistics {
  constructor(readonly resource: string) {}

  hits = 0;
  misses = 0;
  /** Misses that found an entry, which a write or its age has voided. */
  stale = 0;
  /** Reads past the cache: asked for, or because of a write under way, or without the store. */
  bypasses = 0;
  /** How long loads took, also those that failed. */
  readonly loadTimes = new Sketch();

  get hitRate(): number {
    const reads = this.hits + this.misses + this.bypasses;
    return reads === 0 ? 0 : this.hits / reads;
  }

  /** Counts a load and its time, also when it fails. */
  async timed<T>(load: () => Promise<T>): Promise<T> {
    const begun = performance.now();
    try {
      return await load();
    } finally {
      this.loadTimes.record(performance.now() - begun);
    }
  }
}

/** The statistics of each resource, made on first use. */
export class CacheStatistics {
  /** Answers that nobody could load anew, marked as stale. */
  degraded = 0;

  private readonly byResource = new Map<string, ResourceStatistics>();
  /** Samples that were read back after their acknowledgement, and those of them that were older than it: must stay 0. */
  readonly coherence = { samples: 0, violations: 0 };

  of(resource: string): ResourceStatistics {
    const known = this.byResource.get(resource);
    if (known !== undefined) return known;
    const made = new ResourceStatistics(resource);
    this.byResource.set(resource, made);
    return made;
  }

  get resources(): ReadonlyMap<string, ResourceStatistics> {
    return this.byResource;
  }
}
