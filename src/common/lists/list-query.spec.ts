import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { Problem } from '../problems/problems.js';
import { index } from '../resource/index-spec.js';
import { defineResource } from '../resource/resource.js';
import { booleanParameter } from '../resource/scalars.js';
import { type ListQuery, ListQueryParser, listQuerySchema, removeQuerySchema } from './list-query.js';

const resource = defineResource({
  name: 'clinics',
  singular: 'clinic',
  body: z.strictObject({ name: z.string(), address: z.strictObject({ city: z.string() }).optional() }),
  immutable: [],
  filters: { status: z.enum(['active', 'inactive']), open: booleanParameter() },
  sorts: ['createdAt', 'name'],
  defaultSort: '-createdAt',
  searched: ({ name }) => [String(name)],
  indexes: [
    index({ createdAt: -1, _id: -1 }),
    index({ name: 1, _id: 1 }),
    index({ status: 1, createdAt: -1, _id: -1 }),
    index({ status: 1, open: 1, createdAt: -1, _id: -1 }),
    index({ searchTerms: 1, _id: -1 }),
  ],
  example: {},
});
const schema = listQuerySchema(resource);
const parser = new ListQueryParser(resource);
const parse = (query: object) => parser.parse(schema.parse(query) as ListQuery);
const problemOf = (work: () => unknown): Problem => {
  try {
    work();
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error('it was not refused');
};

describe('a list that is asked for plainly', () => {
  it('has 20 rows in the default order, uncounted, with all fields', () => {
    expect(parse({})).toMatchObject({
      ...{ filter: {}, limit: 20, count: 'none', sort: { field: 'createdAt', direction: -1 } },
      selection: { full: true },
    });
  });

  it('is in the order of ids when it is a search', () => {
    expect(parse({ search: ' ＺＯË ' })).toMatchObject({
      filter: { searchTerms: 'zoe' },
      sort: { field: '_id', direction: -1 },
    });
  });

  it.each([
    ['name', { field: 'name', direction: 1 }],
    ['-name', { field: 'name', direction: -1 }],
  ])('is sorted by %s', (sort, expected) => {
    expect(parse({ sort }).sort).toEqual(expected);
  });

  it('has the fields that are named, those of the route, and the id', () => {
    const query = schema.parse({ fields: 'address.city' }) as ListQuery;
    expect(parser.parse(query, {}, ['name']).selection.paths).toEqual(['id', 'name', 'address.city']);
  });

  it('is filtered by what the route sets as well', () => {
    const query = schema.parse({ status: 'active' }) as ListQuery;
    expect(parser.parse(query, { open: true }).filter).toEqual({ status: 'active', open: true });
  });
});

describe('a parameter is refused', () => {
  it.each([
    { limit: '0' },
    { limit: '101' },
    { limit: '-1' },
    { limit: '1.5' },
    { limit: '1e1' },
    { limit: '٣' },
    { limit: '' },
    { limit: ['1', '2'] },
    { page: '0' },
    { page: '10001' },
    { cursor: '' },
    { cursor: 'x'.repeat(2049) },
    { sort: 'phone' },
    { sort: '--name' },
    { sort: ['name', 'createdAt'] },
    { count: 'all' },
    { fields: '' },
    { fields: 'name,' },
    { fields: 'name,unknown' },
    { fields: 'searchTerms' },
    { fields: '__proto__' },
    { fields: '$where' },
    { search: '' },
    { search: '😀' },
    { search: 'x'.repeat(201) },
    { status: 'closed' },
    { status: { $ne: 'active' } },
    { open: 'yes' },
    { unknown: '1' },
    { searchTerms: 'a' },
  ])('%j', (query) => {
    expect(schema.safeParse(query).success).toBe(false);
  });

  it('when the route does not take that filter', () => {
    expect(listQuerySchema(resource, ['open']).safeParse({ status: 'active' }).success).toBe(false);
  });
});

describe('a list is refused', () => {
  it('when no index serves it, with those that are served', () => {
    const { kind, details } = problemOf(() => parse({ status: 'active', sort: 'name' }));
    expect([kind, details.detail]).toEqual(['query-not-served', 'No index serves the filters status sorted by name.']);
    expect(details.extensions).toEqual({
      served: [
        { filters: [], sort: 'createdAt' },
        { filters: [], sort: 'name' },
        { filters: ['status'], sort: 'createdAt' },
        { filters: ['status', 'open'], sort: 'createdAt' },
        { filters: ['search'], sort: 'id' },
      ],
    });
  });

  it('when it asks for a page and for a cursor', () => {
    expect(problemOf(() => parse({ page: '2', cursor: 'x' })).kind).toBe('validation-failed');
  });

  it.each([
    ['101', '100'],
    ['501', '20'],
    ['10000', '2'],
  ])('when page %s of %s rows ends past row 10,000', (page, limit) => {
    expect(problemOf(() => parse({ page, limit })).kind).toBe('page-too-deep');
  });

  it.each([
    ['100', '100'],
    ['10000', '1'],
  ])('not yet at page %s of %s rows', (page, limit) => {
    expect(parse({ page, limit }).page).toBe(Number(page));
  });
});

describe('a cursor belongs to', () => {
  const { fingerprint } = parse({ status: 'active', open: 'true' });

  it.each([
    ['the filters in any order', { open: 'true', status: 'active' }],
    ['any limit', { status: 'active', open: 'true', limit: '5' }],
    ['any fields', { status: 'active', open: 'true', fields: 'name' }],
    ['any count', { status: 'active', open: 'true', count: 'exact' }],
  ])('%s', (_, query) => {
    expect(parse(query).fingerprint).toBe(fingerprint);
  });

  it.each([
    ['another value of a filter', { status: 'inactive', open: 'true' }],
    ['one filter less', { status: 'active' }],
    ['the other direction', { status: 'active', open: 'true', sort: 'createdAt' }],
  ])('no list with %s', (_, query) => {
    expect(parse(query).fingerprint).not.toBe(fingerprint);
  });

  it('no list whose filter only looks the same when it is written down', () => {
    const one = parse({ search: 'a' }).fingerprint;
    expect(one.split('\n')).toHaveLength(3);
    expect(parse({ search: 'a\nopen=true' }).fingerprint.split('\n')).toHaveLength(3);
  });
});

it.each([
  [{}, false],
  [{ cascade: 'true' }, true],
  [{ cascade: 'false' }, false],
])('a removal by %j cascades: %p', (query, cascade) => {
  expect(removeQuerySchema.parse(query)).toEqual({ cascade });
});
