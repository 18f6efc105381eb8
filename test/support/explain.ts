import type { Db, Document } from 'mongodb';
import type { RangeRead } from '../../src/common/lists/list-reader.js';

/** Whether this run's MongoDB plans queries as mongod does; where it doesn't, the run's start says so as well. */
export const PLANS_LIKE_MONGOD = process.env['TEST_PLANS_LIKE_MONGOD'] === '1';
if (!PLANS_LIKE_MONGOD)
  process.stderr.write('Tests of query plans are left out: this MongoDB does not plan as mongod does\n');

/** What MongoDB did for a query, as far as its cost goes. */
export interface Explained {
  /** Every stage of the winning plan, from the outside in. */
  readonly stages: readonly string[];
  /** Names of the indexes that the plan reads. */
  readonly indexes: readonly string[];
  /** Conditions that the bounds of the index don't express, tried on each document. */
  readonly residual: readonly string[];
  readonly keys: number;
  readonly documents: number;
  /** Rows returned, or for a write those that it would change. */
  readonly matched: number;
}

/** Runs one read of a list and tells its plan. */
export const explainRead = (db: Db, collection: string, read: RangeRead): Promise<Explained> => {
  const { filter, sort, projection, skip, limit } = read;
  return explain(db, { find: collection, filter, sort, projection, skip, limit });
};

/**
 * Tells the plan of any command that has one; a write is not carried out. What belongs to the command's
 * session must have been left out.
 */
export async function explain(db: Db, command: Document): Promise<Explained> {
  const explained = await db.command({ explain: command, verbosity: 'executionStats' });
  // An aggregation that isn't wholly pushed down has its query in the first of its stages.
  const query: Document = explained['stages']?.[0]?.$cursor ?? explained;
  const { winningPlan } = query['queryPlanner'];
  const { totalKeysExamined, totalDocsExamined, nReturned, executionStages } = query['executionStats'];
  const stages = inside(winningPlan.queryPlan ?? winningPlan);
  return {
    stages: stages.map(({ stage }) => stage),
    indexes: stages.flatMap(({ indexName }) => indexName ?? []),
    residual: stages.flatMap(({ filter }) => (filter === undefined ? [] : [JSON.stringify(filter)])),
    keys: totalKeysExamined,
    documents: totalDocsExamined,
    matched: Math.max(nReturned, ...inside(executionStages).map(({ nMatched, nCounted }) => nMatched ?? nCounted ?? 0)),
  };
}

/** The stage and those that feed it. */
function inside(stage: Document): Document[] {
  const inner: Document[] = [...(stage['inputStage'] ? [stage['inputStage']] : []), ...(stage['inputStages'] ?? [])];
  return [stage, ...inner.flatMap(inside)];
}

/** What is wrong with a plan that should find its rows by index, in the order of the index, and nothing else. */
export function faults({ stages, keys, documents }: Explained, mostKeys: number): readonly string[] {
  return [
    ...(stages.some((stage) => /IXSCAN|COUNT_SCAN|DISTINCT_SCAN|IDHACK/.test(stage)) ? [] : ['no index is read']),
    ...stages.filter((stage) => /COLLSCAN|SORT|^OR$|SUBPLAN/.test(stage)).map((stage) => `has the stage ${stage}`),
    ...(keys > mostKeys ? [`examines ${keys} keys instead of ${mostKeys}`] : []),
    ...(documents > keys ? [`examines ${documents} documents for ${keys} keys`] : []),
  ];
}
