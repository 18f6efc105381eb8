import { describe, expect, it } from '@jest/globals';
import { ObjectId } from 'mongodb';
import { z } from 'zod';
import { defineResource } from './resource.js';
import { fullSelection, present, projectionOf, selectablePaths, selectionOf } from './selection.js';

const resource = defineResource({
  name: 'clinics',
  singular: 'clinic',
  body: z.strictObject({
    name: z.string(),
    address: z
      .strictObject({ city: z.string().optional(), geo: z.strictObject({ lat: z.number() }).optional() })
      .optional(),
  }),
  immutable: [],
  filters: {},
  sorts: [],
  defaultSort: '-createdAt',
  indexes: [],
  example: {},
});
const _id = new ObjectId();
const stored = {
  _id,
  name: 'Port Lions',
  address: { city: 'Juneau', geo: { lat: 1 } },
  searchTerms: ['p'],
  version: 1,
};

it('names every path, parents before children', () => {
  expect(selectablePaths(resource.record)).toEqual(
    'id name address address.city address.geo address.geo.lat version createdAt updatedAt'.split(' '),
  );
});

describe('a selection', () => {
  it.each([
    ['has the id in any case', ['name'], ['id', 'name']],
    ['is in the order of the definition', ['version', 'name'], ['id', 'name', 'version']],
    ['has a field once', ['name', 'name', 'id'], ['id', 'name']],
    ['leaves out a child of what it has', ['address', 'address.city'], ['id', 'address']],
    ['leaves out a grandchild of what it has', ['address.geo.lat', 'address'], ['id', 'address']],
    ['may have children alone', ['address.geo.lat', 'address.city'], ['id', 'address.city', 'address.geo.lat']],
  ])('%s', (_, named, paths) => {
    expect(selectionOf(resource, named)).toEqual({ paths, full: false });
  });

  it('of everything is the full resource', () => {
    const { full, paths } = fullSelection(resource);
    expect([full, paths]).toEqual([true, ['id', 'name', 'address', 'version', 'createdAt', 'updatedAt']]);
  });

  it('reads its fields, what the caller needs, and nothing else', () => {
    expect(projectionOf(selectionOf(resource, ['address.city']), ['createdAt'])).toEqual({
      _id: 1,
      'address.city': 1,
      createdAt: 1,
    });
  });
});

describe('an answer', () => {
  it.each([
    [['name'], { id: _id, name: 'Port Lions' }],
    [['address.city'], { id: _id, address: { city: 'Juneau' } }],
    [['address.city', 'address.geo.lat'], { id: _id, address: { city: 'Juneau', geo: { lat: 1 } } }],
    [['address'], { id: _id, address: { city: 'Juneau', geo: { lat: 1 } } }],
  ])('to fields=%j has those fields', (named, answer) => {
    expect(present(stored, selectionOf(resource, named))).toEqual(answer);
  });

  it('leaves out what the record does not have', () => {
    expect(present({ _id }, selectionOf(resource, ['name', 'address.city']))).toEqual({ id: _id });
  });

  it('never has what the definition does not know', () => {
    expect(present(stored, fullSelection(resource))).not.toHaveProperty('searchTerms');
  });

  it('has its fields in the order of the definition', () => {
    expect(Object.keys(present(stored, fullSelection(resource)))).toEqual(['id', 'name', 'address', 'version']);
  });
});
