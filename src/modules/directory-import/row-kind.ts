import type { Insertion } from '../../common/database/insert-each.js';
import type { StoredRecord } from '../../common/database/resource-repository.js';
import type { ResourceDefinition } from '../../common/resource/resource.js';
import type { CsvColumns, CsvRow } from './csv-rows.js';

/** How the rows of one kind of file become records. */
export interface RowKind<Body> {
  readonly resource: ResourceDefinition<Body>;
  readonly columns: CsvColumns;
  /** The column of a body's field, by its JSON pointer. */
  columnOf(pointer: string): string;
  /** The bodies of the rows; one that can't be completed lacks a field, which validation then reports. */
  candidates(rows: readonly CsvRow[]): Promise<readonly Candidate[]>;
  /** What two rows of one file may not have in common. */
  keyOf(body: Body): string;
  createMany(bodies: readonly Body[]): Promise<readonly Insertion<StoredRecord>[]>;
}

export interface Candidate {
  readonly body: unknown;
  /** What is wrong with a column that validation can't know. */
  readonly mistake?: { readonly column: string; readonly message: string };
}

/** A number as people write it; anything else stays text, so that validation calls it by its name. */
export const numberOf = (value: string | undefined): number | string | undefined =>
  value !== undefined && /^[+-]?\d{1,15}(?:\.\d{1,15})?$/.test(value) ? Number(value) : value;

/** The slug of an organization that another list knows by this id. */
export const slugOf = (id: string): string => `health-center-${id.toLowerCase()}`;
