import { type Db, type Document, MongoError } from 'mongodb';
import { type PlanSummary, planOf } from './query-plan.js';
import { firstOf } from './query-shape.js';

/** A command that can be explained: without what belongs to its session, its server or its reader. */
export interface Explainable {
  readonly name: string;
  readonly command: Document;
}

/** Of each kind of command, what its plan depends on. */
const PLANNED_BY: Readonly<Record<string, readonly string[]>> = {
  find: ['filter', 'sort', 'projection', 'skip', 'limit', 'hint', 'collation', 'let', 'min', 'max'],
  aggregate: ['pipeline', 'hint', 'collation', 'let', 'allowDiskUse'],
  count: ['query', 'limit', 'skip', 'hint', 'collation'],
  distinct: ['key', 'query', 'hint', 'collation'],
  update: ['updates', 'let'],
  delete: ['deletes', 'let'],
  findAndModify: ['query', 'sort', 'update', 'remove', 'upsert', 'arrayFilters', 'hint', 'collation', 'let'],
};
const WRITES: ReadonlySet<string> = new Set(['update', 'delete', 'findAndModify']);
/** Stages that write, or that speak of something else than documents. */
const NOT_READING = /^\$(?:out|merge|changeStream|indexStats|collStats|currentOp|listSessions|planCacheStats)$/;

/**
 * The parts of a command that have a plan of their own: itself, and what its `$lookup` stages read that depends on no
 * document. None where it can't be explained.
 */
export function explainable(name: string, command: Document): readonly Explainable[] {
  const fields = PLANNED_BY[name];
  const target: unknown = command[name];
  if (fields === undefined || typeof target !== 'string') return [];
  const kept = fields.flatMap((field) => (command[field] === undefined ? [] : [[field, command[field]] as const]));
  const own: Document = { [name]: target, ...Object.fromEntries(kept) };
  if (name === 'update') own['updates'] = [firstOf(command['updates']) ?? {}];
  if (name === 'delete') own['deletes'] = [firstOf(command['deletes']) ?? {}];
  return name === 'aggregate' ? ofPipeline(own, stagesOf(command)) : [{ name, command: own }];
}

function ofPipeline(own: Document, stages: readonly Document[]): readonly Explainable[] {
  if (stages.some((stage) => NOT_READING.test(Object.keys(stage)[0] ?? ''))) return [];
  const joined = stages.flatMap(({ $lookup }): Document[] => (readsByItself($lookup) ? [$lookup] : []));
  // The rest is made of what was joined; that it is left out doesn't change how documents are found.
  const first = stages.findIndex(({ $lookup }) => readsByItself($lookup));
  const pipeline = first === -1 ? stages : stages.slice(0, first);
  return [
    { name: 'aggregate', command: { ...own, pipeline, cursor: {} } },
    ...joined.flatMap((lookup) =>
      explainable('aggregate', { aggregate: lookup['from'], pipeline: lookup['pipeline'] }),
    ),
  ];
}

const stagesOf = ({ pipeline }: Document): readonly Document[] => (Array.isArray(pipeline) ? pipeline : []);

const readsByItself = (lookup: Document | undefined): lookup is Document =>
  lookup?.['pipeline'] !== undefined && lookup['localField'] === undefined && lookup['let'] === undefined;

/**
 * Has the database explain a command. A read is carried out once more to see what it examines, within the time; a write
 * is planned only.
 * @throws what the driver does
 */
export async function explain(db: Db, { name, command }: Explainable, maxTimeMS: number): Promise<PlanSummary> {
  const verbosity = WRITES.has(name) ? 'queryPlanner' : 'executionStats';
  return planOf(await db.command({ explain: command, verbosity, maxTimeMS }));
}

/** Why there is no plan, in a word: what the database says of it may have values in it. */
export function explainFailure(error: unknown): string {
  if (error instanceof MongoError && 'codeName' in error) return String(error.codeName);
  return error instanceof Error ? error.name : 'unknown';
}
