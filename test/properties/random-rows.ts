import fc from 'fast-check';
import { type Document, ObjectId } from 'mongodb';
import { type ListShape, publicName, SEARCH_FIELD, servedShapes } from '../../src/common/lists/list-shapes.js';
import type { ResourceDefinition } from '../../src/common/resource/resource.js';
import { DIRECTORY } from './crowded-directory.js';

/** A resource in one order, with every list that is served in it. */
export interface SortedLists {
  readonly called: string;
  readonly resource: ResourceDefinition;
  readonly collection: string;
  readonly field: string;
  readonly direction: 1 | -1;
  readonly shapes: readonly ListShape[];
}

/** Every resource of the directory in every order that it can be listed in. */
export const SORTED_LISTS: readonly SortedLists[] = DIRECTORY.flatMap(({ resource, collection }) =>
  [...resource.sorts, '_id'].flatMap((field) => {
    const shapes = servedShapes(resource).filter(({ sort }) => sort === field);
    const directions = shapes.length === 0 ? [] : ([1, -1] as const);
    return directions.map((direction) => ({
      ...{ resource, collection, field, direction, shapes },
      called: `${resource.name} by ${direction === 1 ? '' : '-'}${publicName(field)}`,
    }));
  }),
);

/** A row by what decides its place, and when it comes and goes, in pages read since the start. */
export interface Row {
  readonly id: number;
  readonly value: number;
  /** Whether the list's filters find it. */
  readonly matches: boolean;
  readonly comes: number | null;
  readonly goes: number | null;
}

/** Few values for many rows, so that most orders are decided by ids; unlike in order by any other rule than by bytes. */
const NAMES = ['Zeta', 'alpha', 'Ärzte', 'ｗｉｄｅ', '😀 Smile'];

/** Rows of a list and of others, with many equal values of the sort. */
export const someRows: fc.Arbitrary<Row[]> = fc.uniqueArray(
  fc.record({
    id: fc.integer({ min: 1, max: 999 }),
    value: fc.nat({ max: NAMES.length - 1 }),
    matches: fc.integer({ min: 0, max: 4 }).map((dice) => dice > 0),
    comes: fc.option(fc.integer({ min: 1, max: 12 }), { freq: 5 }),
    goes: fc.option(fc.integer({ min: 1, max: 12 }), { freq: 5 }),
  }),
  { selector: ({ id }) => id, minLength: 0, maxLength: 40, size: 'max' },
);

/** The rows that the list has, as ids of the API, in its order: MongoDB compares texts by their UTF-8 bytes. */
export function inOrder({ field, direction }: SortedLists, { filters }: ListShape, rows: readonly Row[]): string[] {
  const key = ({ value }: Row) =>
    Buffer.from(field === '_id' ? '' : /name/i.test(field) ? (NAMES[value] ?? '') : `${value}`);
  return rows
    .filter(({ matches }) => matches || filters.length === 0)
    .toSorted((a, b) => direction * (Buffer.compare(key(a), key(b)) || a.id - b.id))
    .map(({ id }) => objectId(id).toHexString());
}

const objectId = (id: number): ObjectId => new ObjectId(id.toString(16).padStart(24, '0'));

/** What the lists are filtered by, and what rows of other lists have instead. */
const VALUES: Readonly<Record<string, readonly [unknown, unknown]>> = {
  organizationId: [objectId(0xa1), objectId(0xa2)],
  providerId: [objectId(0xb1), objectId(0xb2)],
  clinicId: [objectId(0xc1), objectId(0xc2)],
  status: ['active', 'inactive'],
  subscriptionTier: ['premium', 'free'],
  specialty: ['orthodontics', 'general'],
  role: ['dentist', 'hygienist'],
  isActive: [true, false],
  [SEARCH_FIELD]: [['ana', 'an', 'a'], ['bob']],
};

/** The query of the list. */
export const filterQuery = ({ filters }: ListShape): Record<string, string> =>
  Object.fromEntries(filters.map((field) => [publicName(field), String([VALUES[field]?.[0]].flat()[0])]));

/** The row as a stored document. */
export function documentOf({ filters }: ListShape, { id, value, matches }: Row): Document {
  const time = new Date(Date.UTC(2026, 0, 1, value));
  const unlike = matches ? undefined : filters.at(id % Math.max(1, filters.length));
  return {
    ...{ _id: objectId(id), version: 1, slug: `s-${id}`, code: `c-${id}`, licenseNumber: `l-${id}` },
    ...{ providerId: new ObjectId(), clinicId: new ObjectId(), isActive: true },
    ...{ createdAt: time, assignedAt: time, name: NAMES[value], lastName: NAMES[value] },
    ...Object.fromEntries(filters.map((field) => [field, VALUES[field]?.[field === unlike ? 1 : 0]])),
  };
}
