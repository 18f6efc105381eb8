import { type CacheRef, CoherentCache } from '../../../src/common/cache/coherent-cache.js';
import type { Fences } from '../../../src/common/cache/fences.js';
import { MemoryTier } from '../../../src/common/cache/memory-tier.js';
import { Payload } from '../../../src/common/cache/payload.js';
import type { StoredEntry } from '../../../src/common/cache/shared-tier.js';
import { CacheStatistics } from '../../../src/common/cache/statistics.js';
import type { TagVersions, Versions } from '../../../src/common/cache/tag-versions.js';
import type { Design } from './design.js';
import type { Network } from './network.js';
import { type RegisterDatabase, ScheduledFenceLog } from './register-database.js';
import { KEYS, type ReadPlan } from './scenario.js';
import { ScheduledSharedTier } from './scheduled-shared-tier.js';
import { TagConnection } from './tag-connection.js';
import type { TagServer } from './tag-server.js';
import type { VirtualClock } from './virtual-clock.js';

/** What all processes and writers have in common. */
export interface Surroundings {
  readonly network: Network;
  readonly clock: VirtualClock;
  readonly tags: TagServer;
  readonly database: RegisterDatabase;
  readonly entries: Map<string, StoredEntry>;
}

export const tagOf = (key: string): string => `tag-${key}`;

const MEMORY_BYTES = 1_000_000;
const TTL_MS = 1_000_000;
const PAGE = 'page';

/** A process that reads registers through its cache. */
export class CachingProcess {
  private readonly fences: Fences;
  private readonly versions: TagVersions;
  private readonly cache: CoherentCache;
  private checking = false;

  constructor(
    private readonly world: Surroundings,
    private readonly name: string,
    design: Design,
  ) {
    const { network, clock, tags, database, entries } = world;
    const { travel } = network;
    const connection = new TagConnection(tags, network, name, travel);
    const store = design.settling(connection, () => connection.ageMs(), clock);
    const log = new ScheduledFenceLog(database, network, name, travel);
    this.fences = design.fences(log, (fenced) => store.release(fenced, 'nobody'), clock);
    const atEndOfTurn = (send: () => void) => void travel(`${name}: end of turn`).then(send);
    this.versions = design.versions(store, this.fences, atEndOfTurn, () => clock.now());
    const shared = new ScheduledSharedTier(entries, (label) => travel(`${name}: ${label}`));
    this.cache = design.cache(
      { versions: this.versions, memory: new MemoryTier(MEMORY_BYTES), shared, statistics: new CacheStatistics() },
      () => clock.now(),
      () => 0.5,
    );
  }

  get reachesTags(): boolean {
    return this.versions.available;
  }

  /** Reads the fences; what can't be read now is read the next time. */
  async check(): Promise<void> {
    if (this.checking) return;
    this.checking = true;
    await this.fences.check().catch(() => undefined);
    this.checking = false;
  }

  /** @returns the values that were read, by key */
  async read({ kind, key }: ReadPlan): Promise<ReadonlyMap<string, number>> {
    if (kind === 'composed') return this.readPage();
    if (kind === 'many') return this.readAll();
    const payload = await (kind === 'held' ? this.readHeld(key) : this.readOne(key));
    return new Map([[key, Number(payload.text())]]);
  }

  stop(): void {
    this.versions.stop();
  }

  private async readOne(key: string, known?: Versions): Promise<Payload> {
    return (await this.cache.read(refOf(key), () => this.load(key), { known })).payload;
  }

  private async readHeld(key: string): Promise<Payload> {
    const entry = this.cache.peek(key);
    if (entry === undefined) return this.readOne(key);
    const confirmed = this.cache.holds(entry) || (await this.cache.confirm(entry));
    return confirmed === true ? entry.payload : this.readOne(key, confirmed);
  }

  private async readAll(): Promise<ReadonlyMap<string, number>> {
    return valuesOf((await this.findAll()).map(({ payload }) => payload.text()));
  }

  /** One answer made of both registers, kept as such. */
  private async readPage(): Promise<ReadonlyMap<string, number>> {
    const held = this.cache.peek(PAGE);
    if (held !== undefined && (this.cache.holds(held) || (await this.cache.confirm(held)) === true)) {
      return valuesOf(held.payload.text().split(' '));
    }
    const parts = await this.findAll();
    const page = parts.map(({ payload }) => payload.text());
    this.cache.keepComposed(PAGE, parts, Payload.ofText(page.join(' ')));
    return valuesOf(page);
  }

  private findAll() {
    return this.cache.readMany(KEYS.map(refOf), (missing) => Promise.all(missing.map(({ key }) => this.load(key))));
  }

  private async load(key: string): Promise<Payload> {
    const { network, database } = this.world;
    await network.travel(`${this.name}: load ${key}`);
    const value = database.valueOf(key);
    await network.travel(`${this.name}: reply to load ${key}`);
    return Payload.ofText(String(value));
  }
}

const refOf = (key: string): CacheRef => ({ key, resource: 'registers', tags: [tagOf(key)], ttlMs: TTL_MS });

const valuesOf = (texts: readonly string[]): ReadonlyMap<string, number> =>
  new Map(KEYS.map((key, at) => [key, Number(texts[at])]));
