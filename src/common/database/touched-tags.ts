import { Injectable } from '@nestjs/common';
import { type ClientSession, ObjectId } from 'mongodb';
import { touchedBy } from '../resource/cache-tags.js';
import type { ResourceDefinition } from '../resource/resource.js';

/**
 * Ids for the records that a write makes: the same in each of its attempts, so that what it touches can be announced
 * before it is done.
 */
export class NewIds {
  private readonly ids: ObjectId[] = [];
  private taken = 0;

  restart(): void {
    this.taken = 0;
  }

  next(): ObjectId {
    const id = this.ids[this.taken] ?? new ObjectId();
    this.ids[this.taken] = id;
    this.taken += 1;
    return id;
  }
}

/** What a transaction has written so far. */
export interface Touched {
  readonly tags: Set<string>;
  readonly ids: NewIds;
  /** One of the records, as it was written. */
  sample: WrittenRecord | undefined;
}

export interface WrittenRecord {
  readonly resource: ResourceDefinition;
  readonly id: string;
  readonly version: number;
}

/** What open transactions have written: repositories note it, so that no service can forget a tag. */
@Injectable()
export class TouchedTags {
  private readonly bySession = new WeakMap<ClientSession, Touched>();

  /** Begins anew for an attempt of the session's transaction. */
  begin(session: ClientSession, ids: NewIds): Touched {
    ids.restart();
    const touched: Touched = { tags: new Set(), ids, sample: undefined };
    this.bySession.set(session, touched);
    return touched;
  }

  /** An id for a record that the session's transaction makes. */
  newId(session: ClientSession): ObjectId {
    return this.bySession.get(session)?.ids.next() ?? new ObjectId();
  }

  /** @param before the record as it was, where one was changed */
  note(session: ClientSession, resource: ResourceDefinition, records: readonly object[], before?: object): void {
    if (resource.cache === undefined) return;
    const touched = this.bySession.get(session);
    if (touched === undefined) throw new Error(`A write of ${resource.name} outside of Transactions.run`);
    for (const record of records) for (const tag of touchedBy(resource, record, before)) touched.tags.add(tag);
  }

  /** Notes a record that can be read back to prove that nobody serves what is older. */
  sample(session: ClientSession, resource: ResourceDefinition, id: string, version: number): void {
    const touched = this.bySession.get(session);
    if (touched !== undefined && resource.cache !== undefined) touched.sample = { resource, id, version };
  }
}
