import { describe, expect, it } from '@jest/globals';
import type { Document } from 'mongodb';
import { isCostly, planOf, together, verdictOf } from './query-plan.js';

const SECRET = 'es_secret-value';

const indexScan = (name: string, more: Document = {}): Document => ({
  stage: 'IXSCAN',
  keyPattern: { organizationId: 1, createdAt: -1 },
  indexName: name,
  indexBounds: { organizationId: [`["${SECRET}", "${SECRET}"]`] },
  ...more,
});
const fetched = (inputStage: Document): Document => ({
  stage: 'LIMIT',
  inputStage: { stage: 'FETCH', filter: { code: { $eq: SECRET } }, inputStage },
});
const explained = (winningPlan: Document, keys: number, documents: number, returned: number): Document => ({
  queryPlanner: { namespace: 'db.clinics', parsedQuery: { code: { $eq: SECRET } }, winningPlan, rejectedPlans: [] },
  executionStats: {
    nReturned: returned,
    totalKeysExamined: keys,
    totalDocsExamined: documents,
    executionStages: { ...winningPlan, nReturned: returned },
  },
  command: { find: 'clinics', filter: { code: SECRET } },
});
const scan = { stage: 'COLLSCAN', filter: { code: { $eq: SECRET } } };

describe('a plan', () => {
  it('has its stages, its indexes and its cost, and no value of the query', () => {
    const plan = planOf(explained(fetched(indexScan('by_tenant')), 21, 21, 20));
    expect(plan).toMatchObject({
      stages: ['LIMIT', 'FETCH', 'IXSCAN'],
      indexes: [{ name: 'by_tenant', keys: { organizationId: 1, createdAt: -1 } }],
      ...{ keysExamined: 21, docsExamined: 21, returned: 20, scans: false, sortsInMemory: false },
    });
    expect(JSON.stringify(plan)).not.toContain(SECRET);
  });

  it('of a branch names each index once', () => {
    const branches = { stage: 'OR', inputStages: [indexScan('a'), indexScan('b'), indexScan('a')] };
    expect(planOf(explained(branches, 3, 3, 3)).indexes.map(({ name }) => name)).toEqual(['a', 'b']);
  });

  it("of mongod's newer engine is the one within", () => {
    const plan = planOf(explained({ queryPlan: fetched(scan), slotBasedPlan: { stages: SECRET } }, 0, 500, 1));
    expect(plan.stages).toEqual(['LIMIT', 'FETCH', 'COLLSCAN']);
    expect(JSON.stringify(plan)).not.toContain(SECRET);
  });

  it('of a look-up by id tells its keys, which come as text', () => {
    const express = { stage: 'EXPRESS_IXSCAN', keyPattern: '{ _id: 1 }', indexName: '_id_' };
    expect(planOf(explained(express, 1, 1, 1)).indexes).toEqual([{ name: '_id_', keys: { _id: 1 } }]);
  });

  it('of a write that was only planned has no cost', () => {
    const { queryPlanner } = explained({ stage: 'UPDATE', inputStage: scan }, 0, 0, 0);
    const plan = planOf({ queryPlanner });
    expect(plan).toMatchObject({ keysExamined: null, docsExamined: null, returned: null, scans: true });
    expect(isCostly(plan)).toBe(true);
  });

  it('of an aggregation has what its later stages read as well', () => {
    const $cursor = explained(indexScan('by_tenant'), 5, 5, 5);
    const joined = {
      $lookup: { from: 'x' },
      totalKeysExamined: 7,
      totalDocsExamined: 6,
      collectionScans: 0,
      indexesUsed: ['j'],
    };
    const plan = planOf({ stages: [{ $cursor }, joined, { $sort: { n: 1 } }] });
    expect(plan).toMatchObject({ keysExamined: 12, docsExamined: 11, scans: false, sortsInMemory: false });
    expect(plan.indexes.map(({ name }) => name)).toEqual(['by_tenant', 'j']);
    expect(planOf({ stages: [{ $cursor }, { ...joined, collectionScans: 2 }] }).scans).toBe(true);
  });

  it('of a count, or of groups, has returned what was counted', () => {
    const counting = explained({ stage: 'COUNT', inputStage: indexScan('a') }, 101, 0, 0);
    counting['executionStats'].executionStages.nCounted = 100;
    expect(planOf(counting).returned).toBe(100);
    const grouping = explained({ stage: 'GROUP', inputStage: { ...indexScan('a'), nReturned: 300 } }, 300, 300, 2);
    expect([planOf(grouping).returned, verdictOf(planOf(grouping))]).toEqual([300, 'index-served']);
  });

  it('of several parts is the sum of them', () => {
    const parts = [explained(indexScan('a'), 1, 1, 1), explained(scan, 0, 500, 1)].map(planOf);
    expect(together(parts)).toMatchObject({ keysExamined: 1, docsExamined: 501, returned: 2, scans: true });
  });

  it('that cannot be read has no stages', () => {
    expect(planOf({}).stages).toEqual([]);
  });
});

describe('the verdict', () => {
  const sorting = { stage: 'SORT', inputStage: indexScan('a') };
  it.each<[string, Document, number, number, string, boolean]>([
    ['as many as are returned', indexScan('a'), 20, 20, 'index-served', false],
    ['ten times as many', indexScan('a'), 200, 20, 'index-served', false],
    ['more than that', indexScan('a'), 201, 20, 'examines-more-than-it-returns', true],
    ['many for nothing', indexScan('a'), 101, 0, 'examines-more-than-it-returns', true],
    ['few for nothing', indexScan('a'), 100, 0, 'index-served', false],
    ['a small collection', scan, 100, 1, 'scans', false],
    ['a collection', scan, 101, 101, 'scans', true],
    ['some, and sorts them', sorting, 100, 100, 'sorts-in-memory', false],
    ['many, and sorts them', sorting, 101, 101, 'sorts-in-memory', true],
  ])('on one that examines %s', (_, winningPlan, examined, returned, verdict, costly) => {
    const plan = planOf(explained(winningPlan, 0, examined, returned));
    expect([verdictOf(plan), isCostly(plan)]).toEqual([verdict, costly]);
  });
});
