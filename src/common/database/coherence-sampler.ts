import { Inject, Injectable, Logger } from '@nestjs/common';
import { CONFIGURATION } from '../../config/config.module.js';
import type { Configuration } from '../../config/configuration.js';
import { Cache } from '../cache/create-cache.js';
import { CacheRefs } from '../resource/cache-refs.js';
import { EVERYTHING_SEEN } from '../tenancy/viewer.js';
import { foundValue } from './cached-reads.js';
import type { WrittenRecord } from './touched-tags.js';

/**
 * Proves in production what the cache promises: reads some writes back through the cache when they are about to be
 * acknowledged, and counts those that are older. Anything but 0 is an alarm.
 */
@Injectable()
export class CoherenceSampler {
  private readonly log = new Logger(CoherenceSampler.name);
  private writes = 0;

  constructor(
    private readonly cache: Cache,
    private readonly refs: CacheRefs,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
  ) {}

  /** Never rejects, and nobody waits for it. */
  consider(written: WrittenRecord | undefined): void {
    const { sampleEvery } = this.configuration.cache;
    if (written === undefined || sampleEvery === 0) return;
    this.writes += 1;
    if (this.writes % sampleEvery === 0) void this.check(written).catch(() => undefined);
  }

  private async check({ resource, id, version }: WrittenRecord): Promise<void> {
    const { coherence } = this.cache.statistics;
    const [lookup] = await this.cache.reads.mget([
      { ...this.refs.record(resource, id, EVERYTHING_SEEN), resource: 'samples' },
    ]);
    coherence.samples += 1;
    const payload = lookup?.payload;
    if (payload === undefined) return;
    const served = foundValue<{ readonly version: number }>({ payload });
    if (served !== null && served.version >= version) return;
    coherence.violations += 1;
    this.log.error(`The cache serves ${resource.singular} ${id} older than version ${version}, which is acknowledged`);
  }
}
