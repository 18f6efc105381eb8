import { Injectable } from '@nestjs/common';
import { ObjectId } from 'mongodb';
import type { CacheRef, Found } from '../cache/coherent-cache.js';
import { Cache } from '../cache/create-cache.js';
import { Payload } from '../cache/payload.js';
import { currentDeadline, requestContext, runShared } from '../context/request-context.js';
import { CacheRefs } from '../resource/cache-refs.js';
import { jsonPayload, recordPayload } from '../resource/record-payload.js';
import type { ResourceDefinition } from '../resource/resource.js';
import { absenceOf } from './absence.js';

/** Where records are loaded from. */
export interface RecordSource {
  readonly resource: ResourceDefinition;
  findByIds(ids: readonly ObjectId[]): Promise<readonly { readonly _id: ObjectId; readonly version: number }[]>;
}

/** Reads of services through the cache, or past it where the client of the current request wants nothing cached. */
@Injectable()
export class CachedReads {
  constructor(
    private readonly cache: Cache,
    private readonly refs: CacheRefs,
  ) {}

  /** What is cached under the ref, or loaded: see {@link foundValue}. */
  read(ref: CacheRef, load: () => Promise<unknown>): Promise<Found> {
    const { reads } = this.cache;
    const loadPayload = (wanted: AbortSignal) => runShared(wanted, async () => jsonPayload(await load(), undefined));
    const rider = currentDeadline()?.signal;
    return requestContext().fresh ? reads.bypass(ref, loadPayload, rider) : reads.read(ref, loadPayload, { rider });
  }

  /**
   * The whole records with these ids, in their order: those that aren't cached in one query. The entries are those of
   * the answers of the records' URLs. See {@link foundValue}.
   */
  async records(repository: RecordSource, ids: readonly string[]): Promise<readonly Found[]> {
    const { resource } = repository;
    const byRef = new Map(ids.map((id) => [this.refs.record(resource, id), id]));
    const load = async (missing: readonly CacheRef[]): Promise<readonly Payload[]> => {
      const wanted = missing.map((ref) => byRef.get(ref) ?? '');
      const found = await repository.findByIds(wanted.map((id) => new ObjectId(id)));
      const byId = new Map(found.map((record) => [record._id.toHexString(), record]));
      return wanted.map((id) => {
        const record = byId.get(id);
        return record === undefined ? Payload.absent(absenceOf(resource, id)) : recordPayload(record, resource);
      });
    };
    const all = [...byRef.keys()];
    // Others may join each of the records, so that one who leaves takes nothing with it.
    const shared = (missing: readonly CacheRef[]) => runShared(NEVER, () => load(missing));
    if (!requestContext().fresh) return this.cache.reads.readMany(all, shared);
    const payloads = await load(all);
    return all.map((ref, at) => ({
      ref,
      payload: payloads[at] ?? Payload.absent(''),
      stamp: undefined,
      outcome: 'BYPASS',
    }));
  }
}

const NEVER = new AbortController().signal;

/** What was read, as JSON has it; null for what isn't there. Whoever reads it knows what was loaded. */
export const foundValue = <T>({ payload }: Pick<Found, 'payload'>): T | null =>
  payload.absent === undefined ? JSON.parse(payload.text()) : null;
