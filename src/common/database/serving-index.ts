import type { Document } from 'mongodb';
import { type IndexSpec, index } from '../resource/index-spec.js';
import type { QueryNeeds } from './query-needs.js';

/** An index as far as it matters whom it serves. */
export interface ServingIndex {
  readonly name: string;
  readonly keys: Readonly<Record<string, unknown>>;
  readonly unique?: boolean | undefined;
  /** Only documents that match are in it. */
  readonly where?: Readonly<Record<string, unknown>> | undefined;
}

/** Tenants come first in all indexes of the directory. */
const TENANT = 'organizationId';
/** Further ranges narrow little down, and make an index long. */
const MOST_RANGES = 2;

/**
 * The index that finds what the query wants, in its order, without anything else: equality, sort, range. Undefined where
 * none would.
 */
export function indexFor({ equality, sort, range, beyondOne }: QueryNeeds): IndexSpec | undefined {
  if (beyondOne || equality.includes('_id')) return undefined;
  const equal = [...equality].sort((a, b) => Number(b === TENANT) - Number(a === TENANT));
  const keys: Record<string, 1 | -1> = {};
  for (const field of equal) keys[field] = 1;
  for (const { field, direction } of sort) keys[field] ??= direction;
  for (const field of range.slice(0, MOST_RANGES)) keys[field] ??= 1;
  const [first, second] = Object.keys(keys);
  return first === undefined || (first === '_id' && second === undefined) ? undefined : index(keys);
}

/** Whether the index finds what the query wants, in its order, and little else. */
export function serves({ keys, unique = false, where = {} }: ServingIndex, needs: QueryNeeds): boolean {
  const { equality, sort, range, beyondOne } = needs;
  if (beyondOne || Object.keys(where).some((field) => !equality.includes(field))) return false;
  const entries = Object.entries(keys);
  if (equality.includes('_id') && keys['_id'] !== undefined && entries.length === 1) return true;
  // At most one document has them all.
  if (unique && entries.every(([field]) => equality.includes(field))) return true;
  const equal = entries.slice(0, equality.length);
  if (!equality.every((field) => equal.some(([key]) => key === field))) return false;
  const rest = entries.slice(equality.length);
  const directions = new Set(sort.map(({ field, direction }, at) => inOrder(rest[at], field, direction)));
  if (directions.size > 1 || directions.has(undefined)) return false;
  const beyond = new Set(rest.map(([field]) => field));
  // Where no order is wanted, a range bounds what is read only if it comes next.
  const isBounded = range.length === 0 || sort.length > 0 || range.includes(rest[0]?.[0] ?? '');
  return isBounded && range.slice(0, MOST_RANGES).every((field) => beyond.has(field));
}

/** 1 where the key is in the order that is wanted, -1 where it is read backwards, undefined where it is no help. */
const inOrder = (
  entry: readonly [string, unknown] | undefined,
  field: string,
  direction: number,
): number | undefined =>
  entry?.[0] === field && typeof entry[1] === 'number' ? Math.sign(entry[1]) * direction : undefined;

/** The line that makes the index, for mongosh. */
export const createIndexLine = (collection: string, { name, keys, ...options }: IndexSpec): string =>
  `${inShell(collection)}.createIndex(${JSON.stringify(keys)}, ${JSON.stringify({ name, ...optionsOf(options) })})`;

/** The line that drops the index, for mongosh. */
export const dropIndexLine = (collection: string, name: string): string =>
  `${inShell(collection)}.dropIndex(${JSON.stringify(name)})`;

const inShell = (collection: string): string =>
  /^[A-Za-z]\w*$/.test(collection) ? `db.${collection}` : `db.getCollection(${JSON.stringify(collection)})`;

const optionsOf = ({ unique, where, expireAfterSeconds }: Omit<IndexSpec, 'name' | 'keys'>): Document => ({
  ...(unique && { unique }),
  ...(where && { partialFilterExpression: where }),
  ...(expireAfterSeconds !== undefined && { expireAfterSeconds }),
});
