import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientSession, Collection, MongoClient } from 'mongodb';
import type { CacheRef, Found, Outcome } from '../../../src/common/cache/coherent-cache.js';
import { Payload } from '../../../src/common/cache/payload.js';
import { listTag, recordTag } from '../../../src/common/cache/tags.js';
import type { AssembledCache } from './assembly.js';
import type { Values, Way, Workload } from './protocol.js';
import { COMMIT_BEGINS_WITHIN_MS, COMMIT_FOR_MS } from './times.js';

/** A thing whose every write raises its version, and that stands in a list. */
export interface RegisterDocument {
  readonly _id: string;
  readonly list: string;
  readonly version: number;
}

/** Registers in MongoDB, read and written through a cache as the service does with its records. */
export class Registers {
  readonly lists: readonly string[];
  readonly keys: readonly string[];
  /** Whether commits take longer now than the workload says. */
  slow = false;

  constructor(
    private readonly client: MongoClient,
    private readonly documents: Collection<RegisterDocument>,
    private readonly cache: AssembledCache,
    private readonly workload: Workload,
  ) {
    this.lists = listsOf(workload);
    this.keys = this.lists.flatMap((list) => keysOf(list, workload));
  }

  /** Raises the versions of these registers in one transaction, as `Transactions` does it. */
  write(
    keys: readonly string[],
    tellSession: (session: ClientSession) => void,
  ): Promise<{ readonly values: Values; readonly fenced: boolean }> {
    const { cache, client, documents } = this;
    const begun = performance.now();
    let fenced = false;
    return cache.writes.run((open) =>
      client
        .withSession((session) => {
          tellSession(session);
          return session.withTransaction(
            async () => {
              if (performance.now() - begun > REPEAT_FOR_MS) throw new Error('It conflicts with others for too long');
              open.begin();
              const values: [string, number][] = [];
              for (const key of keys) {
                const raised = await documents.findOneAndUpdate(
                  { _id: key },
                  { $inc: { version: 1 } },
                  { session, returnDocument: 'after' },
                );
                values.push([key, raised?.version ?? Number.NaN]);
              }
              const preparedMs = performance.now();
              await open.prepare(touchedBy(keys), (fence) => {
                fenced = true;
                return cache.fenceLog.endWithin(session, fence);
              });
              await upTo(this.slow ? SLOW_COMMIT_MS : this.workload.commitMs);
              if (performance.now() - preparedMs > COMMIT_BEGINS_WITHIN_MS) throw new Error('This machine is too slow');
              return { values, fenced };
            },
            {
              readConcern: { level: 'snapshot' },
              writeConcern: { w: 'majority' },
              readPreference: 'primary',
              maxCommitTimeMS: COMMIT_FOR_MS,
            },
          );
        })
        .then(async (result) => {
          // The answer to the commit is late.
          await upTo(this.workload.answerMs);
          return result;
        }),
    );
  }

  read(way: Way, key: string): Promise<Values> {
    const list = listOf(key);
    if (way === 'one') return this.readOne(this.registerRef(key), async () => payloadOf(await this.load([key])));
    if (way === 'list') return this.readOne(listRef(list), () => this.loadList(list));
    if (way === 'many') return this.readMany(some(this.keys, MANY));
    if (way === 'looked up') return this.lookUp(some(this.keys, MANY));
    return this.readPage(list);
  }

  /** Most look into the memory of the process first, as `CachedAnswers` does. */
  private async readOne(ref: CacheRef, load: () => Promise<Payload>): Promise<Values> {
    const { reads } = this.cache;
    const entry = Math.random() < 0.7 ? reads.peek(ref.key) : undefined;
    const confirmed = entry === undefined ? undefined : reads.holds(entry) || (await reads.confirm(entry));
    if (entry !== undefined && confirmed === true) return valuesOf(entry.payload, 'HIT');
    const { payload, outcome } = await reads.read(ref, load, { known: confirmed === true ? undefined : confirmed });
    return valuesOf(payload, outcome);
  }

  private async readMany(keys: readonly string[]): Promise<Values> {
    return allOf(await this.findMany(keys));
  }

  private async lookUp(keys: readonly string[]): Promise<Values> {
    const { reads } = this.cache;
    const lookups = await reads.mget(keys.map((key) => this.registerRef(key)));
    const missing = lookups.filter(({ payload }) => payload === undefined);
    const loaded = missing.length === 0 ? [] : await this.loadEach(missing.map(({ ref }) => ref));
    reads.mset(missing.flatMap((lookup, at) => (loaded[at] === undefined ? [] : [[lookup, loaded[at]] as const])));
    const held = lookups.flatMap(({ payload }) => (payload === undefined ? [] : valuesOf(payload, 'HIT')));
    return [...held, ...loaded.flatMap((payload) => valuesOf(payload, 'MISS'))];
  }

  /** A list and its members in one answer, which is kept as such: `CachedAnswers` does it so. */
  private async readPage(list: string): Promise<Values> {
    const { reads } = this.cache;
    const page = `page ${list}`;
    const held = reads.peek(page);
    if (held !== undefined && (reads.holds(held) || (await reads.confirm(held)) === true)) {
      return valuesOf(held.payload, 'HIT');
    }
    const found = await reads.read(listRef(list), () => this.loadList(list));
    const parts = [found, ...(await this.findMany(keysOf(list, this.workload)))];
    const values = allOf(parts);
    reads.keepComposed(page, parts, payloadOf(values));
    return values;
  }

  private findMany(keys: readonly string[]) {
    const refs = keys.map((key) => this.registerRef(key));
    return this.cache.reads.readMany(refs, (missing) => this.loadEach(missing));
  }

  private async loadEach(refs: readonly CacheRef[]): Promise<readonly Payload[]> {
    const versions = new Map((await this.load(refs.map(({ key }) => key))).map(([key, version]) => [key, version]));
    return refs.map(({ key }) => payloadOf([[key, versions.get(key) ?? Number.NaN]]));
  }

  private load(keys: readonly string[]): Promise<Values> {
    return this.find({ _id: { $in: [...keys] } });
  }

  private async loadList(list: string): Promise<Payload> {
    return payloadOf(await this.find({ list }));
  }

  private async find(filter: object): Promise<Values> {
    await upTo(this.workload.loadMs);
    const found = await this.documents.find(filter).toArray();
    await upTo(this.workload.loadMs);
    return found.map(({ _id, version }) => [_id, version]);
  }

  private registerRef(key: string): CacheRef {
    return { key, resource: RESOURCE, tags: [recordTag(RESOURCE, key)], ttlMs: TTL_MS };
  }
}

export const listsOf = ({ lists }: Workload): readonly string[] =>
  Array.from({ length: lists }, (_, at) => `list${at}`);

export const keysOf = (list: string, { members }: Workload): readonly string[] =>
  Array.from({ length: members }, (_, at) => `${list}/${at}`);

export const listOf = (key: string): string => key.split('/')[0] ?? key;

/** Different ones, in a fixed order, so that transactions don't wait for each other in a circle. */
export const some = (keys: readonly string[], most: number): readonly string[] =>
  [...new Set(Array.from({ length: most }, () => oneOf(keys)))].sort();

export function oneOf<T>(things: readonly T[]): T {
  const thing = things[Math.floor(Math.random() * things.length)];
  if (thing === undefined) throw new Error('There is none');
  return thing;
}

const upTo = (ms: number): Promise<void> => sleep(Math.random() * ms);

const RESOURCE = 'registers';
const MANY = 4;
const TTL_MS = 600_000;
const REPEAT_FOR_MS = 5_000;
const SLOW_COMMIT_MS = 1_000;

const listRef = (list: string): CacheRef => ({
  key: list,
  resource: RESOURCE,
  tags: [listTag(RESOURCE, list)],
  ttlMs: TTL_MS,
});

const touchedBy = (keys: readonly string[]): readonly string[] => [
  ...new Set(keys.flatMap((key) => [recordTag(RESOURCE, key), listTag(RESOURCE, listOf(key))])),
];

const payloadOf = (values: Values): Payload => Payload.ofText(JSON.stringify(values));

function valuesOf(payload: Payload, outcome: Outcome): Values {
  const values: Values = JSON.parse(payload.text());
  return values.map(([key, version]) => [key, version, outcome]);
}

const allOf = (parts: readonly Found[]): Values => parts.flatMap(({ payload, outcome }) => valuesOf(payload, outcome));
