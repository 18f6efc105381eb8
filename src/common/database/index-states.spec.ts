import { expect, it } from '@jest/globals';
import { type ComparedIndexes, describeIndexes, type IndexUse, knownIndex } from './index-states.js';

const HOUR_MS = 3_600_000;
const ago = (ms: number) => new Date(Date.now() - ms);

const described = (
  uses: ReadonlyMap<string, IndexUse> | undefined,
  ...existing: Parameters<typeof knownIndex>[0][]
) => {
  const compared: ComparedIndexes = {
    ...{ collection: 'clinics', declared: [], differences: [] },
    existing: existing.map(knownIndex),
    uses,
  };
  return describeIndexes(compared).indexes;
};

it('an index is unused when nothing has used it for an hour', () => {
  const unusedFor = (uses: number, ms: number, more: object = {}) =>
    described(new Map([['a_1', { uses, since: ago(ms) }]]), { name: 'a_1', key: { a: 1 }, ...more })[0]?.unused;
  expect(unusedFor(0, HOUR_MS + 1000)).toBe(true);
  expect(unusedFor(0, HOUR_MS - 1000)).toBe(false);
  expect(unusedFor(1, 9 * HOUR_MS)).toBe(false);
  expect(unusedFor(0, 9 * HOUR_MS, { unique: true })).toBe(false);
  expect(unusedFor(0, 9 * HOUR_MS, { expireAfterSeconds: 60 })).toBe(false);
});

it('of a server that tells no uses none are known, and nothing is unused', () => {
  const [index] = described(undefined, { name: 'a_1', key: { a: 1 } });
  expect(index).toMatchObject({ uses: null, usesSince: null, unused: false, state: 'undeclared' });
});

it('an index is redundant when another one of its kind begins with it', () => {
  const prefixOf = (one: object, other: object) =>
    described(
      undefined,
      { name: 'one', key: { a: 1, b: -1 }, ...one },
      { name: 'other', key: { a: 1, b: -1, c: 1 }, ...other },
    )[0]?.prefixOf;
  expect(prefixOf({}, {})).toBe('other');
  expect(prefixOf({}, { unique: true })).toBe('other');
  expect(prefixOf({}, { key: { a: 1, b: 1, c: 1 } })).toBeNull();
  expect(prefixOf({}, { key: { b: -1, a: 1, c: 1 } })).toBeNull();
  expect(prefixOf({}, { key: { a: 1, b: -1 } })).toBeNull();
  expect(prefixOf({ unique: true }, {})).toBeNull();
  expect(prefixOf({}, { partialFilterExpression: { a: 1 } })).toBeNull();
  expect(prefixOf({}, { sparse: true })).toBeNull();
  expect(prefixOf({ collation: { locale: 'en' } }, {})).toBeNull();
});

it('the index of the ids is as declared, and never in the way', () => {
  const [ids] = described(new Map(), { name: '_id_', key: { _id: 1 } }, { name: 'x', key: { _id: 1, a: 1 } });
  expect(ids).toMatchObject({ state: 'as-declared', unused: false, prefixOf: null });
});
