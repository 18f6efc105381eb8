import type { ClientSession } from 'mongodb';
import { Problem } from '../problems/problems.js';
import type { IndexSpec } from '../resource/index-spec.js';
import { takenProblem } from './duplicate-key.js';
import type { ResourceRepository, StoredRecord } from './resource-repository.js';
import type { Transactions } from './transactions.js';

/** What became of one record of many: it was made, or there is a reason why not. */
export type Insertion<Stored> =
  | { readonly made: Stored; readonly refused?: undefined }
  | { readonly made?: undefined; readonly refused: Problem };

/** Takes part in the transaction with the parents of what shall be made, and says what speaks against each. */
export type Objections<Fields> = (
  fresh: readonly Fields[],
  session: ClientSession,
) => Promise<(fields: Fields) => Problem | undefined>;

/**
 * Makes each of the records that can be made, in one transaction with a handful of round trips however
 * many they are. A unique value that is taken, in the database or earlier among the records, refuses
 * that record alone.
 * @returns one outcome a record, in their order
 */
export function insertEach<Stored extends StoredRecord, Fields extends object>(
  repository: ResourceRepository<Stored>,
  transactions: Transactions,
  records: readonly Fields[],
  objections?: Objections<Fields>,
): Promise<Insertion<Stored>[]> {
  // A value that is taken after the transaction looked is a write conflict, which repeats the transaction.
  return transactions.run((session) => insertOnce(repository, session, records, objections));
}

async function insertOnce<Stored extends StoredRecord, Fields extends object>(
  repository: ResourceRepository<Stored>,
  session: ClientSession,
  records: readonly Fields[],
  objections: Objections<Fields> | undefined,
): Promise<Insertion<Stored>[]> {
  const outcomes = new Map<number, Problem>();
  const fresh = await freshOf(repository, session, records, outcomes);
  const objection = fresh.length === 0 ? undefined : await objections?.(fieldsOf(fresh), session);
  const admitted = fresh.filter(([at, fields]) => {
    const problem = objection?.(fields);
    if (problem !== undefined) outcomes.set(at, problem);
    return problem === undefined;
  });
  const stored = admitted.length === 0 ? [] : await repository.insertAll(fieldsOf(admitted), session);
  const made = new Map(admitted.map(([at], position) => [at, stored[position]]));
  return records.map((_, at): Insertion<Stored> => {
    const record = made.get(at);
    return record === undefined ? { refused: outcomes.get(at) ?? new Problem('internal-error') } : { made: record };
  });
}

type Numbered<Fields> = readonly [at: number, fields: Fields];

const fieldsOf = <Fields>(numbered: readonly Numbered<Fields>[]): Fields[] => numbered.map(([, fields]) => fields);

/** The records whose unique values nobody has yet; the others are refused. */
async function freshOf<Stored extends StoredRecord, Fields extends object>(
  repository: ResourceRepository<Stored>,
  session: ClientSession,
  records: readonly Fields[],
  refused: Map<number, Problem>,
): Promise<Numbered<Fields>[]> {
  const { resource } = repository;
  const unique = resource.indexes.find((index) => index.unique);
  const numbered = records.map((fields, at): Numbered<Fields> => [at, fields]);
  if (unique === undefined) return numbered;
  const keyed = records.filter((fields) => keyOf(fields, unique) !== undefined);
  const found = keyed.length === 0 ? [] : await repository.takenValues(keyed, unique, session);
  const taken = new Set(found.map((values) => keyOf(values, unique)));
  return numbered.filter(([at, fields]) => {
    const key = keyOf(fields, unique);
    if (key === undefined) return true;
    if (taken.has(key)) refused.set(at, takenProblem(resource, unique));
    else taken.add(key);
    return !refused.has(at);
  });
}

/** The record's place in the unique index, as text; undefined when it has none there. */
function keyOf(fields: object, unique: IndexSpec): string | undefined {
  const values = Object.keys(unique.keys).map((field): unknown => Reflect.get(fields, field));
  return values.includes(undefined) ? undefined : JSON.stringify(values);
}
