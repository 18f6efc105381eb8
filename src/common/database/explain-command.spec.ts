import { describe, expect, it } from '@jest/globals';
import { MongoServerError } from 'mongodb';
import { explainable, explainFailure } from './explain-command.js';

const OF_THE_SESSION = {
  lsid: { id: 1 },
  txnNumber: 7,
  startTransaction: true,
  autocommit: false,
  readConcern: { level: 'snapshot', afterClusterTime: 1 },
  writeConcern: { w: 'majority' },
  $db: 'x',
  $clusterTime: {},
  maxTimeMS: 1,
};

describe('what is explained', () => {
  it('of a read has its condition, order and bounds, and nothing of its session', () => {
    const filter = { organizationId: 1 };
    const query = { filter, sort: { createdAt: -1 }, projection: { name: 1 }, skip: 2, limit: 21 };
    expect(explainable('find', { find: 'clinics', ...query, ...OF_THE_SESSION, batchSize: 21 })).toEqual([
      { name: 'find', command: { find: 'clinics', ...query } },
    ]);
    expect(explainable('count', { count: 'c', query: filter, ...OF_THE_SESSION })[0]?.command).toEqual({
      count: 'c',
      query: filter,
    });
  });

  it('of a write is its first statement, however they are sent', () => {
    const [one, two] = [
      { q: { a: 1 }, u: { $set: { b: 1 } } },
      { q: { a: 2 }, u: {} },
    ];
    const command = { update: 'c', updates: [one] };
    expect(explainable('update', { update: 'c', updates: [one, two], ...OF_THE_SESSION })[0]?.command).toEqual(command);
    expect(explainable('update', { update: 'c', updates: { documents: [one, two] } })[0]?.command).toEqual(command);
  });

  it('begins with the name of the command, as it must', () => {
    const command = { query: {}, sort: {}, findAndModify: 'c', update: {} };
    expect(Object.keys(explainable('findAndModify', command)[0]?.command ?? {})[0]).toBe('findAndModify');
  });

  it('of an aggregation are its own query and what it joins by itself', () => {
    const [match, lookup] = [{ $match: { a: 1 } }, { from: 'other', pipeline: [{ $match: { b: 1 } }], as: 'o' }];
    const parts = explainable('aggregate', {
      aggregate: 'c',
      pipeline: [match, { $lookup: lookup }, { $project: {} }],
    });
    expect(parts.map(({ command }) => command)).toEqual([
      { aggregate: 'c', pipeline: [match], cursor: {} },
      { aggregate: 'other', pipeline: lookup.pipeline, cursor: {} },
    ]);
  });

  it('of what it joins for each document is the whole', () => {
    const $lookup = { from: 'other', localField: 'a', foreignField: 'b', as: 'o' };
    const pipeline = [{ $match: {} }, { $lookup }];
    expect(explainable('aggregate', { aggregate: 'c', pipeline })).toEqual([
      { name: 'aggregate', command: { aggregate: 'c', pipeline, cursor: {} } },
    ]);
  });
});

describe('nothing is explained', () => {
  it.each([
    ['of what writes what it has found', 'aggregate', { aggregate: 'c', pipeline: [{ $match: {} }, { $out: 'd' }] }],
    ['of what merges it', 'aggregate', { aggregate: 'c', pipeline: [{ $merge: { into: 'd' } }] }],
    ['of a change stream', 'aggregate', { aggregate: 'c', pipeline: [{ $changeStream: {} }] }],
    ['of what is about no collection', 'aggregate', { aggregate: 1, pipeline: [{ $documents: [] }] }],
    ['of an insert', 'insert', { insert: 'c', documents: [{}] }],
    ['of the rest of a cursor', 'getMore', { getMore: 1, collection: 'c' }],
    ['of a commit', 'commitTransaction', { commitTransaction: 1 }],
    ['of an explain', 'explain', { explain: { find: 'c' } }],
  ])('%s', (_, name, command) => {
    expect(explainable(name, command)).toEqual([]);
  });
});

it('why there is no plan is a word: what the database says of it has values in it', () => {
  const refused = new MongoServerError({ message: 'hint "es_secret"', code: 2, codeName: 'BadValue' });
  expect(explainFailure(refused)).toBe('BadValue');
  expect(explainFailure(new TypeError('es_secret'))).toBe('TypeError');
});
