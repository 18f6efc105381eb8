import { Injectable } from '@nestjs/common';
import type { ClientSession } from 'mongodb';
import { touchedBy } from '../resource/cache-tags.js';
import type { ResourceDefinition } from '../resource/resource.js';

/** What a transaction has written so far. */
export interface Touched {
  readonly tags: Set<string>;
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
  begin(session: ClientSession): Touched {
    const touched: Touched = { tags: new Set(), sample: undefined };
    this.bySession.set(session, touched);
    return touched;
  }

  note(session: ClientSession, resource: ResourceDefinition, records: readonly object[]): void {
    if (resource.cache === undefined) return;
    const touched = this.bySession.get(session);
    if (touched === undefined) throw new Error(`A write of ${resource.name} outside of Transactions.run`);
    for (const record of records) for (const tag of touchedBy(resource, record)) touched.tags.add(tag);
  }

  /** Notes a record that can be read back to prove that nobody serves what is older. */
  sample(session: ClientSession, resource: ResourceDefinition, id: string, version: number): void {
    const touched = this.bySession.get(session);
    if (touched !== undefined && resource.cache !== undefined) touched.sample = { resource, id, version };
  }
}
