import type { IndexSpec } from '../resource/index-spec.js';
import type { IndexDifference } from './index-check.js';
import type { CollectionIndexes, IndexState, KnownIndex } from './index-states.js';
import type { MonitoredQuery } from './query-monitor.js';
import type { QueryNeeds } from './query-needs.js';
import { type PlanSummary, verdictOf } from './query-plan.js';
import { createIndexLine, dropIndexLine, indexFor, serves } from './serving-index.js';

export const INDEX_PROBLEMS = ['missing', 'different', 'wanted-by-query', 'redundant', 'unused'] as const;

/** One thing to do about the indexes. */
export interface IndexAdvice {
  readonly problem: (typeof INDEX_PROBLEMS)[number];
  readonly collection: string;
  /** null where none is to be made or dropped, only looked at. */
  readonly index: { readonly name: string; readonly keys: Readonly<Record<string, unknown>> } | null;
  readonly detail: string;
  /** Lines for mongosh, dropping first; null where there is nothing to make or to drop. */
  readonly dropIndex: string | null;
  readonly createIndex: string | null;
  /** The query that wants it. */
  readonly shape: string | null;
}

/** What would serve a query. */
export interface QueryAdvice {
  /** An index that exists serves it. */
  readonly served: boolean;
  /** The index to make; undefined where one serves it, or none would. */
  readonly index: IndexSpec | undefined;
  /** Whether that one is declared, so that it is missing. */
  readonly isDeclared: boolean;
}

/** A query that no index serves, with what would. */
export interface WantingQuery extends QueryAdvice {
  readonly query: MonitoredQuery;
  readonly plan: PlanSummary;
}

/** What would serve the query, where these indexes exist and those are declared. */
export function queryAdvice(
  needs: QueryNeeds,
  existing: readonly KnownIndex[],
  declared: readonly IndexSpec[],
): QueryAdvice {
  if (existing.some((index) => serves(index, needs))) return { served: true, index: undefined, isDeclared: false };
  const missing = declared.find((index) => serves(index, needs));
  return { served: false, index: missing ?? indexFor(needs), isDeclared: missing !== undefined };
}

/** What is to be done, the most urgent first. */
export function adviseOn(
  collections: readonly CollectionIndexes[],
  differences: readonly IndexDifference[],
  queries: readonly WantingQuery[],
): readonly IndexAdvice[] {
  const plain = collections.flatMap(({ collection, indexes }) => indexes.map((index) => ({ collection, index })));
  return [
    ...differences.map(notAsDeclared),
    ...queries.flatMap(wanted),
    ...plain.flatMap(({ collection, index }) => (index.prefixOf === null ? [] : [redundant(collection, index)])),
    ...plain.flatMap(({ collection, index }) => (index.unused ? [unused(collection, index)] : [])),
  ];
}

const notAsDeclared = ({ collection, index, problem }: IndexDifference): IndexAdvice => ({
  problem,
  collection,
  index: { name: index.name, keys: index.keys },
  detail:
    problem === 'missing'
      ? 'It is declared, and the database does not have it: what it serves scans.'
      : 'The database has it otherwise than it is declared.',
  dropIndex: problem === 'missing' ? null : dropIndexLine(collection, index.name),
  createIndex: createIndexLine(collection, index),
  shape: null,
});

/** Nothing where the index is declared: then it is missing, which has been said. */
function wanted({ query, plan, index, isDeclared, served }: WantingQuery): IndexAdvice[] {
  const collection = query.needs?.collection ?? query.shape.collection;
  if (isDeclared) return [];
  const { docsExamined, returned } = plan;
  const cost = docsExamined === null ? '' : ` (${docsExamined} documents examined for ${returned})`;
  return [
    {
      problem: 'wanted-by-query',
      collection,
      index: index === undefined ? null : { name: index.name, keys: index.keys },
      detail: `A query that was seen ${WORDS[verdictOf(plan)]}${cost}.${index === undefined ? noIndex(served) : ''}`,
      dropIndex: null,
      createIndex: index === undefined ? null : createIndexLine(collection, index),
      shape: query.shape.text,
    },
  ];
}

const noIndex = (served: boolean): string =>
  served ? ' An index that should serve it is there: MongoDB chose otherwise.' : ' No single index would serve it.';

const WORDS = {
  'index-served': 'is served',
  scans: 'reads the whole collection',
  'sorts-in-memory': 'is sorted in memory',
  'examines-more-than-it-returns': 'examines far more than it returns',
} as const;

const redundant = (collection: string, { name, keys, prefixOf }: IndexState): IndexAdvice => ({
  problem: 'redundant',
  collection,
  index: { name, keys },
  detail: `${prefixOf} begins with the same keys and serves all that it serves: each write pays for both.`,
  dropIndex: dropIndexLine(collection, name),
  createIndex: null,
  shape: null,
});

const unused = (collection: string, { name, keys, usesSince, state }: IndexState): IndexAdvice => ({
  problem: 'unused',
  collection,
  index: { name, keys },
  detail: `No query has used it since ${usesSince} on the server that was asked.${state === 'undeclared' ? '' : ' It is declared: the service makes sure that it is there.'}`,
  dropIndex: state === 'undeclared' ? dropIndexLine(collection, name) : null,
  createIndex: null,
  shape: null,
});
