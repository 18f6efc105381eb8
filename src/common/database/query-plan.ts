import type { Document } from 'mongodb';

/** An index that a plan reads. */
export interface UsedIndex {
  readonly name: string;
  /** In order; 1 ascending, -1 descending, or the name of a special kind. */
  readonly keys: Readonly<Record<string, number | string>>;
}

/** What the database does for a query, as far as its cost goes. No value of the query is in it. */
export interface PlanSummary {
  readonly at: Date;
  /** Every stage, from the outside in, such as `LIMIT`, `FETCH`, `IXSCAN`. */
  readonly stages: readonly string[];
  readonly indexes: readonly UsedIndex[];
  /** null where the query was planned and not carried out, as writes are; so with the next two. */
  readonly keysExamined: number | null;
  readonly docsExamined: number | null;
  /** Documents that the query found, before they were grouped or counted. */
  readonly returned: number | null;
  /** Reads a whole collection. */
  readonly scans: boolean;
  readonly sortsInMemory: boolean;
}

export const VERDICTS = ['index-served', 'scans', 'sorts-in-memory', 'examines-more-than-it-returns'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** So many times what is returned may be examined: an index is rarely made of the conditions alone. */
const MOST_EXAMINED_RATIO = 10;
/** Whatever examines no more than this costs little, however it does. */
const LITTLE = 100;

/** How the plan is to be judged, whatever the size of the collection. */
export function verdictOf(plan: PlanSummary): Verdict {
  if (plan.scans) return 'scans';
  if (plan.sortsInMemory) return 'sorts-in-memory';
  const { keysExamined, docsExamined, returned } = plan;
  if (keysExamined === null || docsExamined === null || returned === null) return 'index-served';
  const examined = Math.max(keysExamined, docsExamined);
  return examined > LITTLE && examined > MOST_EXAMINED_RATIO * returned
    ? 'examines-more-than-it-returns'
    : 'index-served';
}

/** Whether an index would help so much that somebody should make it. */
export function isCostly(plan: PlanSummary): boolean {
  const { keysExamined, docsExamined } = plan;
  const examined = keysExamined === null || docsExamined === null ? undefined : Math.max(keysExamined, docsExamined);
  return verdictOf(plan) !== 'index-served' && (examined === undefined || examined > LITTLE);
}

/** What a reply of the explain command says. */
export function planOf(explained: Document): PlanSummary {
  const pipeline: readonly Document[] = explained['stages'] ?? [];
  // An aggregation that isn't wholly pushed down has its query in the first of its stages.
  const query: Document = pipeline[0]?.['$cursor'] ?? explained;
  const { winningPlan = {} } = query['queryPlanner'] ?? {};
  const statistics: Document | undefined = query['executionStats'];
  const stages = inside(winningPlan.queryPlan ?? winningPlan);
  const joined = pipeline.slice(1);
  const names = [
    ...stages.map(({ stage }) => String(stage)),
    ...joined.flatMap((stage) => Object.keys(stage)[0] ?? []),
  ];
  return {
    at: new Date(),
    stages: names,
    indexes: distinct([
      ...stages.flatMap(indexOf),
      ...joined.flatMap(({ indexesUsed = [] }) => indexesUsed.map(named)),
    ]),
    keysExamined: statistics === undefined ? null : total([statistics, ...joined], 'totalKeysExamined'),
    docsExamined: statistics === undefined ? null : total([statistics, ...joined], 'totalDocsExamined'),
    returned: statistics === undefined ? null : found(statistics),
    scans: names.includes('COLLSCAN') || joined.some(({ collectionScans }) => Number(collectionScans ?? 0) > 0),
    // What is sorted after it was grouped is no matter of an index.
    sortsInMemory: names.includes('SORT'),
  };
}

/** What parts of one query cost together. */
export function together(parts: readonly PlanSummary[]): PlanSummary {
  const sum = (figure: 'keysExamined' | 'docsExamined' | 'returned') =>
    parts.some((part) => part[figure] === null) ? null : parts.reduce((all, part) => all + (part[figure] ?? 0), 0);
  return {
    at: parts[0]?.at ?? new Date(),
    stages: parts.flatMap(({ stages }) => stages),
    indexes: distinct(parts.flatMap(({ indexes }) => indexes)),
    keysExamined: sum('keysExamined'),
    docsExamined: sum('docsExamined'),
    returned: sum('returned'),
    scans: parts.some(({ scans }) => scans),
    sortsInMemory: parts.some(({ sortsInMemory }) => sortsInMemory),
  };
}

/** The stage and those that feed it. */
function inside(stage: Document): Document[] {
  const inner: Document[] = [
    ...(stage['inputStage'] ? [stage['inputStage']] : []),
    ...(stage['inputStages'] ?? []),
    ...(stage['shards'] ?? []).map(({ winningPlan = {} }: Document) => winningPlan.queryPlan ?? winningPlan),
  ];
  return [stage, ...inner.flatMap(inside)].filter(({ stage: name }) => name !== undefined);
}

function indexOf({ indexName, keyPattern }: Document): UsedIndex[] {
  if (typeof indexName !== 'string') return [];
  return [{ name: indexName, keys: typeof keyPattern === 'string' ? parseKeys(keyPattern) : { ...keyPattern } }];
}

/** Of a `$lookup` only the names are told. */
const named = (name: unknown): UsedIndex => ({ name: String(name), keys: {} });

/** The look-up by id tells its keys as text: `{ _id: 1 }`. */
const parseKeys = (text: string): Record<string, number> =>
  Object.fromEntries([...text.matchAll(/([\w.]+): (-?1)/g)].map(([, key = '', direction]) => [key, Number(direction)]));

const distinct = (indexes: readonly UsedIndex[]): UsedIndex[] => [
  ...new Map(indexes.map((index) => [`${index.name} ${JSON.stringify(index.keys)}`, index])).values(),
];

const total = (parts: readonly Document[], figure: string): number =>
  parts.reduce((sum, part) => sum + Number(part[figure] ?? 0), 0);

/** Groups and counts are few, whatever they are made of. */
function found({ nReturned, executionStages = {} }: Document): number {
  const stages = inside(executionStages);
  const grouped = stages.find(({ stage }) => /^group$/i.test(String(stage)))?.['inputStage']?.nReturned;
  const counted = stages.map(({ nCounted, nMatched }) => Number(nCounted ?? nMatched ?? 0));
  return Number(grouped ?? Math.max(Number(nReturned ?? 0), ...counted));
}
