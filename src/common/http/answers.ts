import type { Found } from '../cache/coherent-cache.js';
import type { StoredRecord } from '../database/resource-repository.js';
import type { Page } from '../lists/list-reader.js';
import { present, type Selection } from '../resource/selection.js';

/** A record, as a controller answers it; the ETag is its version where all fields are shown. */
export class RecordAnswer {
  readonly body: Readonly<Record<string, unknown>>;
  readonly version: number | undefined;

  constructor(
    record: object & { readonly version: number },
    selection: Selection,
    /** URL of a record that was just made. */
    readonly location?: string,
  ) {
    this.body = present(record, selection);
    this.version = selection.full ? record.version : undefined;
  }

  /** The same answer with further members. */
  with(members: Readonly<Record<string, unknown>>): RecordAnswer {
    return Object.assign(Object.create(RecordAnswer.prototype), this, { body: { ...this.body, ...members } });
  }

  /** @param collection URL of the list that the record is now in */
  static created(record: StoredRecord, selection: Selection, collection: string): RecordAnswer {
    return new RecordAnswer(record, selection, `${collection}/${record._id.toHexString()}`);
  }
}

/** A page of a list. */
export class PageAnswer {
  constructor(
    readonly page: Page,
    /** The cached entries that it was made of, the first of which names its statistics. */
    readonly parts: readonly Found[] = [],
  ) {}
}
