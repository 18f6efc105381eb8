import { type CacheRef, CoherentCache, type Found } from '../../../src/common/cache/coherent-cache.js';
import { type Clock, Fences } from '../../../src/common/cache/fences.js';
import { Flights, type Flown } from '../../../src/common/cache/flights.js';
import type { Payload } from '../../../src/common/cache/payload.js';
import type { TagStore } from '../../../src/common/cache/tag-store.js';
import { TagVersions, type Versions } from '../../../src/common/cache/tag-versions.js';

/** Parts of a cache of a broken make, which the interleavings and the history must both tell from the real ones. */

type Load = Flown<Payload>;

const WANTED = new AbortController().signal;

/** Looks for the versions that the entry is stored under when its data is there already. */
export class VersionsAfterLoad extends CoherentCache {
  override async read(ref: CacheRef, load: Load): Promise<Found> {
    const [lookup] = await this.mget([ref]);
    if (lookup?.payload !== undefined) return { ...lookup, payload: lookup.payload, outcome: 'HIT' };
    const payload = await load(WANTED);
    const stamp = (await this.versions(ref.tags))?.stampOf(ref.tags) ?? undefined;
    this.mset([[{ ref, payload: undefined, stamp }, payload]]);
    return { ref, payload, stamp, outcome: 'MISS' };
  }
}

/** Joins any load of the key, also one that began under other versions. */
export class FlightsByKeyAlone extends CoherentCache {
  private readonly byKey = new Flights<Payload>();

  override async read(ref: CacheRef, load: Load): Promise<Found> {
    const [lookup] = await this.mget([ref]);
    if (lookup?.payload !== undefined) return { ...lookup, payload: lookup.payload, outcome: 'HIT' };
    const payload = await this.byKey.join(ref.key, load);
    this.mset([[{ ref, payload: undefined, stamp: lookup?.stamp }, payload]]);
    return { ref, payload, stamp: lookup?.stamp, outcome: 'MISS' };
  }
}

/** While the tag is being written, joins a load that is under way. */
export class BypassJoinsLoadUnderWay extends CoherentCache {
  private readonly underWay = new Flights<Payload>();

  override async bypass(ref: CacheRef, load: Load): Promise<Found> {
    const payload = await this.underWay.join(ref.key, load);
    return { ref, payload, stamp: undefined, outcome: 'BYPASS' };
  }
}

/** Joins a question for versions that has been sent. */
export class JoinsSentQuestion extends TagVersions {
  private readonly sent = new Flights<Versions | undefined>();

  override fetch(tags: readonly string[]): Promise<Versions | undefined> {
    return this.sent.join(tags.join(' '), () => super.fetch(tags));
  }
}

/** Reads the fences, and serves what is being written. */
export class FencesThatDoNotMark extends Fences {
  override isFenced(): boolean {
    return false;
  }
}

/** Readers aren't told of the write. */
export const withoutMark = (store: TagStore): TagStore => ({
  fetch: (tags) => store.fetch(tags),
  mark: async () => undefined,
  release: (tags, writer) => store.release(tags, writer),
});

/** Readers see the version of the release while the commit is under way. */
export const releasedBeforeCommit = (store: TagStore): TagStore => ({
  fetch: (tags) => store.fetch(tags),
  mark: async (tags, writer, ttlMs) => {
    await store.mark(tags, writer, ttlMs);
    await store.release(tags, writer);
  },
  release: async () => undefined,
});

/** A clock that sleeps only for such times. */
export const sleepingOnly = (clock: Clock, isTime: (ms: number) => boolean): Clock => ({
  now: () => clock.now(),
  sleep: async (ms) => {
    if (isTime(ms)) await clock.sleep(ms);
  },
});
