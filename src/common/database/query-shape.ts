import type { Document } from 'mongodb';
import type { DriverCommand } from './driver-commands.js';

/** What queries have in common that differ in their values alone. */
export interface QueryShape {
  /** Such as `find`. */
  readonly kind: string;
  readonly collection: string;
  /** Such as `find clinics {organizationId: ?, status: ?} sort {createdAt: -1, _id: -1}`: no value of a query is in it. */
  readonly text: string;
}

const MOST_LENGTH = 400;

/** What reads or writes documents; all else keeps connections, sessions and indexes. */
const QUERIES: ReadonlySet<string> = new Set([
  'find',
  'aggregate',
  'count',
  'distinct',
  'getMore',
  'insert',
  'update',
  'delete',
  'findAndModify',
  'commitTransaction',
  'abortTransaction',
]);

/** The shape of a command; undefined where it is no query. */
export function shapeOf({ name, command }: DriverCommand): QueryShape | undefined {
  if (!QUERIES.has(name)) return undefined;
  const target: unknown = name === 'getMore' ? command['collection'] : command[name];
  const collection = typeof target === 'string' ? target : '';
  const details = detailsOf(name, command);
  if (details === undefined) return undefined;
  const text = [name, collection, details].filter((part) => part !== '').join(' ');
  return { kind: name, collection, text: text.length > MOST_LENGTH ? `${text.slice(0, MOST_LENGTH)}…` : text };
}

function detailsOf(name: string, command: Document): string | undefined {
  switch (name) {
    case 'find':
      return `${fieldsOf(command['filter'])}${sortOf(command['sort'])}${command['skip'] > 0 ? ' skip' : ''}`;
    case 'aggregate':
      return pipelineOf(command['pipeline']);
    case 'count':
    case 'distinct':
      return fieldsOf(command['query']);
    case 'findAndModify':
      return `${fieldsOf(command['query'])}${sortOf(command['sort'])}`;
    case 'update':
      return fieldsOf(firstOf(command['updates'])?.['q']);
    case 'delete':
      return fieldsOf(firstOf(command['deletes'])?.['q']);
    default:
      return '';
  }
}

/** Statements come as an array, or as the driver's sequence of documents. */
export function firstOf(statements: unknown): Document | undefined {
  if (Array.isArray(statements)) return statements[0];
  return isDocument(statements) && Array.isArray(statements['documents']) ? statements['documents'][0] : undefined;
}

function pipelineOf(pipeline: unknown): string | undefined {
  if (!Array.isArray(pipeline)) return '';
  const stages = pipeline.filter(isDocument).map((stage) => {
    const [name = ''] = Object.keys(stage);
    return name === '$match' ? `$match ${fieldsOf(stage[name])}` : name;
  });
  // Of the service itself, which asks how its indexes are used.
  return stages[0] === '$indexStats' ? undefined : `[${stages.join(', ')}]`;
}

function sortOf(sort: unknown): string {
  if (!isDocument(sort) && !(sort instanceof Map)) return '';
  const keys = sort instanceof Map ? [...sort] : Object.entries(sort);
  return keys.length === 0 ? '' : ` sort {${keys.map(([key, by]) => `${key}: ${directionOf(by)}`).join(', ')}}`;
}

const directionOf = (by: unknown): string => (by === 1 || by === -1 ? String(by) : '?');

/** The fields of a condition, with `?` for each value. */
function fieldsOf(condition: unknown): string {
  if (!isDocument(condition)) return '{}';
  let text = '';
  for (const key of Object.keys(condition)) {
    const value: unknown = condition[key];
    text += `${text === '' ? '' : ', '}${key}: ${Array.isArray(value) ? listOf(key, value) : isOperators(value) ? fieldsOf(value) : '?'}`;
  }
  return `{${text}}`;
}

/** `$or` and its like are lists of conditions; all other lists are values. */
const listOf = (key: string, values: readonly unknown[]): string =>
  key === '$or' || key === '$and' || key === '$nor' ? `[${values.map(fieldsOf).join(', ')}]` : '?';

const isDocument = (value: unknown): value is Document =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Such as `{ $lt: … }`; what has a type of its own, such as an ObjectId, or begins with no `$`, is a value. */
function isOperators(value: unknown): value is Document {
  if (!isDocument(value) || '_bsontype' in value) return false;
  for (const key in value) return key.startsWith('$');
  return false;
}
