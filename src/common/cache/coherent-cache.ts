import type { Span } from '@opentelemetry/api';
import { withSpan } from '../observability/spans.js';
import { Flights, type Flown } from './flights.js';
import { Entry, type MemoryTier } from './memory-tier.js';
import { Payload } from './payload.js';
import type { SharedTier, StoredEntry } from './shared-tier.js';
import type { CacheStatistics } from './statistics.js';
import { type Stamp, sameStamp } from './tag-store.js';
import { CONFIRM_AHEAD_MS, READ_LEASE_MS, type TagVersions, type Versions } from './tag-versions.js';

/** What is cached: its key, and everything that decides how long it holds. */
export interface CacheRef {
  readonly key: string;
  /** Names the statistics that it counts for. */
  readonly resource: string;
  /** Whoever writes what the entry shows touches one of them. */
  readonly tags: readonly string[];
  readonly ttlMs: number;
  /** How old it may be when it is served because nothing can be loaded; nothing then without it. */
  readonly staleMs?: number;
}

/** HIT: nothing was loaded. MISS: loaded and kept. BYPASS: loaded and not kept. */
export type Outcome = 'HIT' | 'MISS' | 'BYPASS';

/** A ref, and what was found under it. */
export interface Lookup {
  readonly ref: CacheRef;
  readonly payload: Payload | undefined;
  /** The versions of the ref's tags before anything was loaded: the permit to keep what is. None: nothing may be kept. */
  readonly stamp: Stamp | undefined;
}

export interface Found extends Lookup {
  readonly payload: Payload;
  readonly outcome: Outcome;
}

/** Who asks. */
export interface Asking {
  /** Versions of the tags that were asked for after the question came. */
  readonly known?: Versions | undefined;
  /** Aborts when nobody waits for the answer any more. */
  readonly rider?: AbortSignal | undefined;
}

/** What isn't known to hold any more. */
export interface Stale {
  readonly payload: Payload;
  readonly ageMs: number;
}

export interface CacheParts {
  readonly versions: Pick<TagVersions, 'fetch' | 'stillHold'>;
  readonly memory: MemoryTier;
  readonly shared: SharedTier;
  readonly statistics: CacheStatistics;
}

/** Lives vary by a tenth, so that what was loaded together doesn't end together. */
const JITTER = 0.1;
/** What is read past the cache again and again is remembered only so often. */
const REMEMBERED_EVERY_MS = 5_000;
/** That something isn't there is remembered no longer than this. */
const ABSENT_TTL_MS = 30_000;

/**
 * The reading side of the coherent cache: nothing that it answers is older than a write that was acknowledged before
 * the question, in any process. See README.md for why.
 */
export class CoherentCache {
  private readonly flights = new Flights<Payload>();
  private readonly following = new Flights<Payload>();

  constructor(
    private readonly parts: CacheParts,
    private readonly now: () => number = () => performance.now(),
    private readonly random: () => number = Math.random,
  ) {}

  /** The entry in this process's memory, not confirmed yet. */
  peek(key: string): Entry | undefined {
    const entry = this.parts.memory.get(key);
    return entry !== undefined && this.now() < entry.freshUntilMs ? entry : undefined;
  }

  /**
   * Whether the entry is known to hold at this moment. One that is asked for again and again is confirmed ahead of its
   * time, so that nobody waits for it.
   */
  holds(entry: Entry): boolean {
    const { untilMs } = entry.lease;
    if (!this.parts.versions.stillHold(entry.tags, entry.lease)) return false;
    if (!entry.confirming && untilMs - this.now() < CONFIRM_AHEAD_MS) {
      entry.confirming = true;
      void this.confirm(entry).finally(() => {
        entry.confirming = false;
      });
    }
    return true;
  }

  /** Asks whether the entry holds; answers the versions where it doesn't, undefined when nothing may be served. */
  async confirm(entry: Entry): Promise<true | Versions | undefined> {
    return this.confirmed(entry, await this.versions(entry.tags));
  }

  /** The same by a callback: all who ask for an entry in one turn of the event loop are one look at its versions. */
  whenConfirmed(entry: Entry, tell: (held: true | Versions | undefined) => void): void {
    const versions = this.versions(entry.tags);
    if (entry.asked?.versions === versions) {
      entry.asked.waiters.push(tell);
      return;
    }
    const asked = { versions, waiters: [tell] };
    entry.asked = asked;
    // It never rejects.
    void versions.then((answer) => {
      // Who comes from now on asks anew.
      if (entry.asked === asked) entry.asked = undefined;
      const held = this.confirmed(entry, answer);
      for (const each of asked.waiters) each(held);
    });
  }

  private confirmed(entry: Entry, versions: Versions | undefined): true | Versions | undefined {
    if (versions?.are(entry.tags, entry.stamp) !== true) return versions;
    entry.lease = { untilMs: versions.askedAtMs + READ_LEASE_MS, generation: versions.generation };
    return true;
  }

  /** The versions of these tags as of now; undefined when nothing may be served from the cache. */
  versions(tags: readonly string[]): Promise<Versions | undefined> {
    return this.parts.versions.fetch(tags);
  }

  /**
   * The payload under the ref, loaded when there is none that holds. Equal loads in flight are one.
   * @param load shared with others: its signal aborts when nobody waits any more
   */
  read(ref: CacheRef, load: Flown<Payload>, { known, rider }: Asking = {}): Promise<Found> {
    return withSpan('cache read', { 'cache.resource': ref.resource }, async (span): Promise<Found> => {
      const { payload, stamp } = await this.look(ref, known);
      if (payload !== undefined) {
        span?.setAttribute('cache.outcome', 'HIT');
        return { ref, payload, stamp, outcome: 'HIT' };
      }
      if (stamp === undefined) return this.bypass(ref, load, rider);
      let own = false;
      const fill = (wanted: AbortSignal) => {
        own = true;
        return this.fill(ref, stamp, () => load(wanted));
      };
      const loaded = this.flights.join(flightName(ref, stamp), fill, rider);
      span?.setAttributes({ 'cache.outcome': 'MISS', 'cache.joined': !own });
      return { ref, payload: await loaded, stamp, outcome: 'MISS' };
    });
  }

  /** Loads past the cache, together with those who ask while an earlier such load is under way. */
  bypass(ref: CacheRef, load: Flown<Payload>, rider?: AbortSignal): Promise<Found> {
    const attributes = { 'cache.resource': ref.resource, 'cache.outcome': 'BYPASS' };
    return withSpan('cache bypass', attributes, async (): Promise<Found> => {
      const statistics = this.parts.statistics.of(ref.resource);
      statistics.bypasses += 1;
      const payload = await this.following.next(ref.key, (wanted) => statistics.timed(() => load(wanted)), rider);
      this.remember(ref, payload);
      return { ref, payload, stamp: undefined, outcome: 'BYPASS' };
    });
  }

  /**
   * What was kept last under the key, whether it still holds or not: for when nothing can be loaded.
   * @param ref whose it is; only what isn't older than its `staleMs` is answered
   */
  async lastKnown({ key, staleMs = 0 }: Pick<CacheRef, 'key' | 'staleMs'>): Promise<Stale | undefined> {
    const known = this.heldSince(key, staleMs) ?? (await this.parts.shared.get([key]))[0];
    if (known === undefined || known.ageMs > staleMs) return undefined;
    this.parts.statistics.degraded += 1;
    return { payload: known.payload, ageMs: known.ageMs };
  }

  /** What is cached under the refs: one question for all their versions, one for all entries. */
  async mget(refs: readonly CacheRef[]): Promise<Lookup[]> {
    const held = refs.map(({ key }) => this.peek(key));
    const versions = await this.versions([...new Set(refs.flatMap(({ tags }) => tags))]);
    const stamps = refs.map(({ tags }) => versions?.stampOf(tags) ?? undefined);
    const elsewhere = refs.flatMap(({ key }, at) => {
      const [stamp, entry] = [stamps[at], held[at]];
      return stamp === undefined || (entry !== undefined && sameStamp(entry.stamp, stamp)) ? [] : [key];
    });
    const stored = await this.parts.shared.get(elsewhere);
    const found = new Map(elsewhere.map((key, at) => [key, stored[at]]));
    return refs.map((ref, at) => {
      const stamp = stamps[at];
      if (stamp !== undefined) return this.judge(ref, stamp, held[at], found.get(ref.key));
      this.parts.statistics.of(ref.resource).bypasses += 1;
      return { ref, payload: undefined, stamp };
    });
  }

  /** Keeps what was loaded after the lookups, under the versions from before; those without a stamp are left out. */
  mset(loaded: readonly (readonly [Lookup, Payload])[]): void {
    for (const [{ ref, stamp }, payload] of loaded) if (stamp !== undefined) this.keep(ref, stamp, payload);
  }

  /** The payloads under the refs, in their order: those that are missing are one load, or one in flight already. */
  readMany(
    refs: readonly CacheRef[],
    loadMany: (missing: readonly CacheRef[]) => Promise<readonly Payload[]>,
  ): Promise<Found[]> {
    const attributes = { 'cache.resource': refs[0]?.resource, 'cache.entries': refs.length };
    return withSpan('cache read many', attributes, (span) => this.findMany(refs, loadMany, span));
  }

  /**
   * Keeps, in this process, an answer that was made of others: it holds as long as all of them do. It counts for the
   * resource of the first.
   */
  keepComposed(key: string, parts: readonly Lookup[], payload: Payload): void {
    const [first] = parts;
    if (first === undefined) return;
    const versions = new Map<string, string>();
    let ttlMs = Number.POSITIVE_INFINITY;
    for (const { ref, stamp } of parts) {
      if (stamp === undefined) return;
      const leftMs = (this.peek(ref.key)?.freshUntilMs ?? Number.POSITIVE_INFINITY) - this.now();
      ttlMs = Math.min(ttlMs, ref.ttlMs, leftMs);
      for (const [at, tag] of ref.tags.entries()) {
        const version = stamp[at] ?? '';
        if ((versions.get(tag) ?? version) !== version) return; // Written in between: they don't hold together.
        versions.set(tag, version);
      }
    }
    const ref = { key, resource: first.ref.resource, tags: [...versions.keys()], ttlMs };
    const stamp = [...versions.values()];
    this.parts.memory.set(key, this.entry(ref, stamp, { payload, ageMs: 0, ttlMs }, true));
  }

  private async findMany(
    refs: readonly CacheRef[],
    loadMany: (missing: readonly CacheRef[]) => Promise<readonly Payload[]>,
    span: Span | undefined,
  ): Promise<Found[]> {
    const lookups = await this.mget(refs);
    const wanted: Lookup[] = [];
    const loaded = Promise.withResolvers<ReadonlyMap<CacheRef, Payload>>();
    const lead = async (lookup: Lookup): Promise<Payload> => {
      wanted.push(lookup);
      const payload = (await loaded.promise).get(lookup.ref);
      if (payload === undefined) throw new Error(`Nothing was loaded for ${lookup.ref.key}`);
      this.mset([[lookup, payload]]);
      return payload;
    };
    const found = lookups.map(async (lookup): Promise<Found> => {
      const { ref, payload, stamp } = lookup;
      if (payload !== undefined) return { ref, payload, stamp, outcome: 'HIT' };
      if (stamp === undefined) return { ref, payload: await lead(lookup), stamp, outcome: 'BYPASS' };
      const joined = await this.flights.join(flightName(ref, stamp), () => lead(lookup));
      return { ref, payload: joined, stamp, outcome: 'MISS' };
    });
    const missing = wanted.map(({ ref }) => ref);
    const [first] = missing;
    span?.setAttribute('cache.missing', missing.length);
    if (first !== undefined) {
      this.parts.statistics
        .of(first.resource)
        .timed(() => loadMany(missing))
        .then((payloads) => new Map(payloads.map((payload, at) => [missing[at] ?? first, payload])))
        .then(loaded.resolve, loaded.reject);
    }
    return Promise.all(found);
  }

  private heldSince(key: string, mostMs: number): Stale | undefined {
    const held = this.parts.memory.get(key);
    const ageMs = held === undefined ? 0 : this.now() - held.bornMs;
    // Another process may have a later one.
    return held === undefined || ageMs > mostMs ? undefined : { payload: held.payload, ageMs };
  }

  /** Keeps what may not be served as current, for {@link lastKnown}; not in the place of what may. */
  private remember(ref: CacheRef, payload: Payload): void {
    const held = this.parts.memory.get(ref.key);
    if (held !== undefined && (this.now() < held.freshUntilMs || this.now() - held.bornMs < REMEMBERED_EVERY_MS))
      return;
    const never = { payload, ageMs: 0, ttlMs: Number.NEGATIVE_INFINITY };
    this.parts.memory.set(ref.key, this.entry(ref, [], never));
  }

  private async look(ref: CacheRef, known?: Versions): Promise<Lookup> {
    const { shared } = this.parts;
    const held = this.peek(ref.key);
    const [versions, [early]] = await Promise.all([
      known ?? this.versions(ref.tags),
      held === undefined ? shared.get([ref.key]) : NOTHING,
    ]);
    const stamp = versions?.stampOf(ref.tags) ?? undefined;
    const isVoid = held !== undefined && stamp !== undefined && !sameStamp(held.stamp, stamp);
    // What this process has is void; another one may have loaded it again.
    const [stored] = isVoid ? await shared.get([ref.key]) : [early];
    return stamp === undefined ? { ref, payload: undefined, stamp } : this.judge(ref, stamp, held, stored);
  }

  /** What there is under the ref, if it was kept under this stamp. */
  private judge(ref: CacheRef, stamp: Stamp, held: Entry | undefined, stored: StoredEntry | undefined): Lookup {
    const statistics = this.parts.statistics.of(ref.resource);
    if (held !== undefined && sameStamp(held.stamp, stamp)) {
      statistics.hits += 1;
      held.hits += 1;
      return { ref, payload: held.payload, stamp };
    }
    if (stored !== undefined && stored.ttlMs > 0 && sameStamp(stored.stamp, stamp)) {
      statistics.hits += 1;
      this.parts.memory.set(ref.key, this.entry(ref, stamp, stored));
      return { ref, payload: stored.payload, stamp };
    }
    statistics.misses += 1;
    if (held !== undefined || stored !== undefined) statistics.stale += 1;
    return { ref, payload: undefined, stamp };
  }

  private async fill(ref: CacheRef, stamp: Stamp, load: () => Promise<Payload>): Promise<Payload> {
    const payload = await this.parts.statistics.of(ref.resource).timed(load);
    this.keep(ref, stamp, payload);
    return payload;
  }

  private keep(ref: CacheRef, stamp: Stamp, payload: Payload): void {
    const { memory, shared } = this.parts;
    const ttlMs = this.lifeMs(ref, payload);
    const loaded = { stamp, payload, ageMs: 0, ttlMs };
    memory.set(ref.key, this.entry(ref, stamp, loaded));
    void shared.set(ref.key, loaded, Math.max(ttlMs, ref.staleMs ?? 0));
  }

  private entry(
    ref: CacheRef,
    stamp: Stamp,
    { payload, ageMs, ttlMs }: Pick<StoredEntry, 'payload' | 'ageMs' | 'ttlMs'>,
    composed = false,
  ): Entry {
    const now = this.now();
    const statistics = this.parts.statistics.of(ref.resource);
    return new Entry(statistics, ref.tags, stamp, payload, now - ageMs, now + ttlMs, composed);
  }

  private lifeMs({ ttlMs }: CacheRef, { absent }: Payload): number {
    const most = absent === undefined ? ttlMs : Math.min(ttlMs, ABSENT_TTL_MS);
    return most * (1 - JITTER + 2 * JITTER * this.random());
  }
}

const NOTHING = [undefined] as const;

/** Loads are equal when they are of the same key and began under the same versions. */
const flightName = ({ key }: CacheRef, stamp: Stamp): string => `${key}\n${stamp.join('\n')}`;
