import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { type IndexSpec, index } from '../resource/index-spec.js';
import { defineResource } from '../resource/resource.js';
import { findShape, publicName, SEARCH_FIELD, servedShapes } from './list-shapes.js';

const shapesOf = (...indexes: readonly IndexSpec[]) =>
  servedShapes(
    defineResource({
      name: 'clinics',
      singular: 'clinic',
      body: z.strictObject({}),
      immutable: [],
      filters: { organizationId: z.string(), status: z.string(), code: z.string() },
      sorts: ['createdAt', 'name'],
      defaultSort: '-createdAt',
      indexes,
      example: {},
    }),
  );

describe('an index serves', () => {
  it.each<[string, IndexSpec, readonly string[], string | undefined]>([
    ['all rows in its order', index({ createdAt: -1, _id: -1 }), [], 'createdAt'],
    [
      'its leading keys in its order',
      index({ organizationId: 1, status: 1, name: 1, _id: 1 }),
      ['organizationId', 'status'],
      'name',
    ],
    [
      'a search in the order of ids',
      index({ organizationId: 1, [SEARCH_FIELD]: 1, _id: -1 }),
      ['organizationId', SEARCH_FIELD],
      '_id',
    ],
    ['ids alone', index({ _id: 1 }), [], '_id'],
    [
      'its whole key when it is unique',
      index({ organizationId: 1, code: 1 }, { unique: true }),
      ['organizationId', 'code'],
      undefined,
    ],
    [
      'its whole key when it has every row that has the key',
      index({ code: 1 }, { unique: true, where: { code: { $exists: true } } }),
      ['code'],
      undefined,
    ],
  ])('%s', (_, one, filters, sort) => {
    expect(shapesOf(one)).toEqual([{ filters, sort, index: one }]);
  });
});

describe('an index serves no list', () => {
  it.each<[string, IndexSpec]>([
    ['that does not end in _id, where ties would have no order', index({ organizationId: 1, createdAt: -1 })],
    ['by a field that is no filter', index({ region: 1, createdAt: -1, _id: -1 })],
    ['in an order that is no sort', index({ organizationId: 1, phone: 1, _id: 1 })],
    ['when it holds only some rows', index({ code: 1 }, { unique: true, where: { status: 'active' } })],
  ])('%s', (_, one) => {
    expect(shapesOf(one)).toEqual([]);
  });
});

describe('a list is found', () => {
  const shapes = shapesOf(
    index({ code: 1 }, { unique: true }),
    index({ organizationId: 1, status: 1, createdAt: -1, _id: -1 }),
    index({ organizationId: 1, name: 1, _id: 1 }),
  );

  it.each([
    ['by its filters in any order', ['status', 'organizationId'], 'createdAt', 1],
    ['by its sort', ['organizationId'], 'name', 2],
    ['in any sort where one row matches', ['code'], 'name', 0],
  ])('%s', (_, filters, sort, at) => {
    expect(findShape(shapes, filters, sort)).toBe(shapes[at]);
  });

  it.each([
    ['with fewer filters than the index begins with', ['status'], 'createdAt'],
    ['with more filters', ['organizationId', 'status', 'code'], 'createdAt'],
    ['in another sort', ['organizationId'], 'createdAt'],
    ['without filters', [], 'createdAt'],
  ])('not %s', (_, filters, sort) => {
    expect(findShape(shapes, filters, sort)).toBeUndefined();
  });
});

it.each([
  [SEARCH_FIELD, 'search'],
  ['_id', 'id'],
  ['status', 'status'],
])('the API calls %s %s', (field, name) => {
  expect(publicName(field)).toBe(name);
});
