import { describe, expect, it } from '@jest/globals';
import { ObjectId } from 'mongodb';
import { needsOf, type QueryNeeds } from './query-needs.js';
import { createIndexLine, dropIndexLine, indexFor, serves } from './serving-index.js';

const organizationId = new ObjectId();
const find = (filter: object, sort: object = {}): QueryNeeds => {
  const needs = needsOf('find', { find: 'clinics', filter, sort });
  if (needs === undefined) throw new Error('it needs nothing');
  return needs;
};

describe('the index for a query', () => {
  it.each([
    ['the tenant, then what is equal', find({ status: 'active', organizationId }), ['organizationId', 'status']],
    [
      'equality, sort, range',
      find({ version: { $gt: 3 }, status: 'active', organizationId }, { createdAt: -1, _id: -1 }),
      ['organizationId', 'status', 'createdAt', '_id', 'version'],
    ],
    ['a list of values like one of them', find({ status: { $in: ['a', 'b'] } }, { name: 1 }), ['status', 'name']],
    ['a range of the sort once', find({ createdAt: { $lt: new Date() } }, { createdAt: -1 }), ['createdAt']],
    ['nothing of the sort that is fixed', find({ name: 'A' }, { name: 1, _id: 1 }), ['name', '_id']],
    ['a pattern as a range', find({ organizationId, name: /^A/ }), ['organizationId', 'name']],
    ['conditions within $and', find({ $and: [{ a: 1 }, { b: { $gte: 1, $lt: 5 } }] }), ['a', 'b']],
  ])('has %s', (_, needs, keys) => {
    expect(Object.keys(indexFor(needs)?.keys ?? {})).toEqual(keys);
  });

  it('keeps the direction of the sort', () => {
    expect(indexFor(find({ organizationId }, { createdAt: -1, _id: -1 }))).toEqual({
      name: 'organizationId_1_createdAt_-1__id_-1',
      keys: { organizationId: 1, createdAt: -1, _id: -1 },
    });
  });

  it.each([
    ['an id', { _id: organizationId }],
    ['an id and more', { _id: organizationId, organizationId }],
  ])('is not needed to find %s', (_, filter) => {
    expect(indexFor(find(filter))).toBeUndefined();
  });

  it.each([
    ['all', {}],
    ['all with a remark', { $comment: 'all' }],
  ])('is not needed for %s', (_, filter) => {
    expect(needsOf('find', { find: 'clinics', filter })).toBeUndefined();
  });

  it.each([
    ['alternatives', { $or: [{ a: 1 }, { b: 1 }] }],
    ['an expression', { a: 1, $expr: { $eq: ['$a', '$b'] } }],
  ])('does not exist for %s', (_, filter) => {
    const needs = find(filter);
    expect(needs.beyondOne).toBe(true);
    expect(indexFor(needs)).toBeUndefined();
    expect(serves({ name: 'a_1', keys: { a: 1 } }, needs)).toBe(false);
  });

  it('is found for every kind of command', () => {
    const q = { a: 1 };
    const needs = { collection: 'c', equality: ['a'], sort: [], range: [], beyondOne: false };
    expect(needsOf('count', { count: 'c', query: q })).toEqual(needs);
    expect(needsOf('distinct', { distinct: 'c', key: 'x', query: q })).toEqual(needs);
    expect(needsOf('update', { update: 'c', updates: [{ q, u: {} }] })).toEqual(needs);
    expect(needsOf('delete', { delete: 'c', deletes: [{ q, limit: 1 }] })).toEqual(needs);
    expect(needsOf('findAndModify', { findAndModify: 'c', query: q, sort: new Map([['b', -1]]) })).toEqual({
      ...needs,
      sort: [{ field: 'b', direction: -1 }],
    });
    expect(needsOf('aggregate', { aggregate: 'c', pipeline: [{ $match: q }, { $sort: { b: 1 } }] })).toEqual({
      ...needs,
      sort: [{ field: 'b', direction: 1 }],
    });
    expect(needsOf('insert', { insert: 'c' })).toBeUndefined();
  });

  it('knows no value', () => {
    const needs = find({ code: 'SECRET', name: { $gt: 'HIDDEN' } }, { createdAt: -1 });
    expect(JSON.stringify([needs, indexFor(needs)])).not.toMatch(/SECRET|HIDDEN/);
  });
});

describe('an index', () => {
  const newest = find({ organizationId, status: 'active' }, { createdAt: -1, _id: -1 });
  const index = (keys: Record<string, 1 | -1>, options: object = {}) => ({ name: 'it', keys, ...options });

  it.each([
    ['whose equal keys stand in another order', index({ status: 1, organizationId: 1, createdAt: -1, _id: -1 }), true],
    ['that is read backwards', index({ organizationId: 1, status: 1, createdAt: 1, _id: 1 }), true],
    ['that goes on', index({ organizationId: 1, status: 1, createdAt: -1, _id: -1, name: 1 }), true],
    ['without the sort', index({ organizationId: 1, status: 1 }), false],
    ['with its sort in two directions', index({ organizationId: 1, status: 1, createdAt: -1, _id: 1 }), false],
    ['with another key between', index({ organizationId: 1, name: 1, status: 1, createdAt: -1, _id: -1 }), false],
    ['of some documents', index(newestKeys(), { where: { archivedAt: null } }), false],
    ['of those that are asked for', index(newestKeys(), { where: { status: 'active' } }), true],
    ['that finds at most one', index({ organizationId: 1, status: 1 }, { unique: true }), true],
  ])('%s serves a list: %s', (_, candidate, expected) => {
    expect(serves(candidate, newest)).toBe(expected);
  });

  it('with the range at its end serves it only where the range bounds it', () => {
    const since = find({ organizationId, createdAt: { $gt: new Date() } });
    expect(serves(index({ organizationId: 1, createdAt: -1 }), since)).toBe(true);
    expect(serves(index({ organizationId: 1, name: 1, createdAt: -1 }), since)).toBe(false);
    expect(serves(index({ organizationId: 1 }), since)).toBe(false);
  });

  it('that is made for a query serves it', () => {
    for (const needs of [newest, find({ a: 1, b: { $gt: 1 } }), find({}, { name: -1 }), find({ c: { $in: [1] } })]) {
      const made = indexFor(needs);
      expect(made && serves(made, needs)).toBe(true);
    }
  });

  function newestKeys(): Record<string, 1 | -1> {
    return { organizationId: 1, status: 1, createdAt: -1, _id: -1 };
  }
});

describe('the line for mongosh', () => {
  it('makes the index as it is declared', () => {
    const spec = { name: 'a_1', keys: { a: 1 }, unique: true, where: { b: true }, expireAfterSeconds: 60 } as const;
    expect(createIndexLine('clinics', spec)).toBe(
      'db.clinics.createIndex({"a":1}, {"name":"a_1","unique":true,"partialFilterExpression":{"b":true},"expireAfterSeconds":60})',
    );
  });

  it('names a collection that is no word', () => {
    expect(dropIndexLine('old-clinics', 'a_1')).toBe('db.getCollection("old-clinics").dropIndex("a_1")');
  });
});
