import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ObjectId } from 'mongodb';
import { z } from 'zod';
import { listDependsOn, touchedBy } from './cache-tags.js';
import { defineResource, type ResourceDefinition } from './resource.js';
import { recordIdParameter } from './scalars.js';

const OWNERS = ['providerId', 'clinicId', 'organizationId'] as const;

const resourceOwnedBy = (owners: readonly string[] | undefined): ResourceDefinition => ({
  ...defineResource({
    name: 'assignments',
    singular: 'assignment',
    body: z.strictObject({ role: z.string() }),
    immutable: OWNERS,
    filters: { ...Object.fromEntries(OWNERS.map((owner) => [owner, recordIdParameter()])), role: z.string() },
    sorts: ['createdAt'],
    defaultSort: '-createdAt',
    indexes: [],
    example: {},
  }),
  ...(owners === undefined ? {} : { cache: { owners, countedBy: [] } }),
});

const objectId = fc.stringMatching(/^[0-9a-f]{24}$/).map((hex) => new ObjectId(hex));
const resources = fc.shuffledSubarray([...OWNERS]).map(resourceOwnedBy);
const records = fc.record({
  _id: objectId,
  providerId: objectId,
  clinicId: objectId,
  organizationId: objectId,
  role: fc.constantFrom('dentist', 'hygienist'),
});
type Assignment = typeof records extends fc.Arbitrary<infer T> ? T : never;

/** A value of the record as a filter holds it: as the database compares it, or as it stands in the URL. */
const filterValue = (value: unknown) =>
  value instanceof ObjectId
    ? fc.constantFrom<unknown>(value, value.toHexString(), value.toHexString().toUpperCase())
    : fc.constant(value);

/** Filters that match the record. */
const filtersOf = (record: Assignment) =>
  fc.record(
    {
      providerId: filterValue(record.providerId),
      clinicId: filterValue(record.clinicId),
      organizationId: filterValue(record.organizationId),
      role: filterValue(record.role),
    },
    { requiredKeys: [] },
  );

const matches = records.chain((record) => fc.tuple(fc.constant(record), filtersOf(record)));

describe('a write to a record', () => {
  it('touches every list that the record is in', () => {
    fc.assert(
      fc.property(resources, matches, (resource, [record, filter]) => {
        expect(touchedBy(resource, record)).toContain(listDependsOn(resource, filter));
      }),
    );
  });

  it('does not touch the lists of other owners', () => {
    fc.assert(
      fc.property(records, objectId, fc.constantFrom(...OWNERS), (record, other, owner) => {
        fc.pre(!other.equals(record[owner]));
        const resource = resourceOwnedBy([owner]);
        expect(touchedBy(resource, record)).not.toContain(listDependsOn(resource, { [owner]: other }));
      }),
    );
  });

  it('does not touch other records', () => {
    fc.assert(
      fc.property(resources, records, objectId, (resource, record, other) => {
        fc.pre(!other.equals(record._id));
        expect(touchedBy(resource, record)).not.toContain(touchedBy(resource, { ...record, _id: other })[0]);
      }),
    );
  });

  it('does not touch another resource', () => {
    const record = { _id: new ObjectId(), providerId: new ObjectId() };
    const [mine, another] = [resourceOwnedBy(['providerId']), { ...resourceOwnedBy(['providerId']), name: 'visits' }];
    const touched = new Set(touchedBy(mine, record));
    expect(touchedBy(another, record).filter((tag) => touched.has(tag))).toEqual([]);
  });

  it('touches nothing when the resource is not cached', () => {
    expect(touchedBy(resourceOwnedBy(undefined), { _id: new ObjectId() })).toEqual([]);
  });
});

describe('a list', () => {
  const resource = resourceOwnedBy(['providerId', 'organizationId']);
  const [provider, organization] = ['665f1c2ab7e4d1f0a1b2c3d6', '665f1c2ab7e4d1f0a1b2c3d4'];

  it.each([
    [
      'of its narrowest owner',
      { organizationId: organization, providerId: provider },
      `{${provider}}:assignments:list`,
    ],
    ['of the owner that it names', { organizationId: organization }, `{${organization}}:assignments:list`],
    ['of all when it names none', { role: 'dentist' }, '{all}:assignments:list'],
    ['of all without any filter', {}, '{all}:assignments:list'],
    ['of all when the owner is left open', { providerId: undefined }, '{all}:assignments:list'],
  ])('depends on the records %s', (_, filter, tag) => {
    expect(listDependsOn(resource, filter)).toBe(tag);
  });
});
