import type { Document } from 'mongodb';
import { firstOf } from './query-shape.js';

/** What an index would have to be made of to serve a query: names of fields, never a value. */
export interface QueryNeeds {
  readonly collection: string;
  /** Fields that are compared by equality, or with a list of values. */
  readonly equality: readonly string[];
  readonly sort: readonly { readonly field: string; readonly direction: 1 | -1 }[];
  /** Fields that are compared in any other way. */
  readonly range: readonly string[];
  /** It has alternatives, or computes something: no single index serves it. */
  readonly beyondOne: boolean;
}

/** What the command needs; undefined where it has no condition and no order. */
export function needsOf(name: string, command: Document): QueryNeeds | undefined {
  const [condition, order] = askedBy(name, command);
  const fields = { equality: new Set<string>(), range: new Set<string>() };
  if (condition === undefined) return undefined;
  const beyondOne = !collect(condition, fields);
  const equality = [...fields.equality];
  const sort = orderOf(order).filter(({ field }) => !fields.equality.has(field));
  const range = [...fields.range].filter((field) => !sort.some((key) => key.field === field));
  if (!beyondOne && equality.length + sort.length + range.length === 0) return undefined;
  return {
    collection: String(command[name]),
    equality,
    sort,
    range: range.filter((field) => !fields.equality.has(field)),
    beyondOne,
  };
}

/** Condition and order of a command. */
function askedBy(name: string, command: Document): readonly [condition: unknown, order: unknown] {
  switch (name) {
    case 'find':
      return [command['filter'] ?? {}, command['sort']];
    case 'findAndModify':
      return [command['query'] ?? {}, command['sort']];
    case 'count':
    case 'distinct':
      return [command['query'] ?? {}, undefined];
    case 'update':
      return [firstOf(command['updates'])?.['q'] ?? {}, undefined];
    case 'delete':
      return [firstOf(command['deletes'])?.['q'] ?? {}, undefined];
    case 'aggregate':
      return ofPipeline(command['pipeline']);
    default:
      return [undefined, undefined];
  }
}

function ofPipeline(pipeline: unknown): readonly [condition: unknown, order: unknown] {
  const stages: readonly unknown[] = Array.isArray(pipeline) ? pipeline.filter(isDocument) : [];
  const [first, second] = stages.filter(isDocument);
  if (first?.['$sort'] !== undefined) return [{}, first['$sort']];
  return [first?.['$match'] ?? {}, first?.['$match'] === undefined ? undefined : second?.['$sort']];
}

interface Fields {
  readonly equality: Set<string>;
  readonly range: Set<string>;
}

/** Notes the fields of a condition; false where it has alternatives, or something that no index knows. */
function collect(condition: unknown, fields: Fields): boolean {
  if (!isDocument(condition)) return false;
  return Object.entries(condition).every(([key, value]) => {
    if (key === '$and') return Array.isArray(value) && value.every((part) => collect(part, fields));
    if (key === '$comment') return true;
    if (key.startsWith('$')) return false;
    (isEquality(value) ? fields.equality : fields.range).add(key);
    return true;
  });
}

function isEquality(value: unknown): boolean {
  if (value instanceof RegExp) return false;
  if (!isDocument(value) || '_bsontype' in value || value instanceof Date) return true;
  const operators = Object.keys(value);
  return !operators.some((operator) => operator.startsWith('$') && operator !== '$eq' && operator !== '$in');
}

function orderOf(order: unknown): QueryNeeds['sort'] {
  const entries: readonly (readonly [string, unknown])[] =
    order instanceof Map ? [...order] : isDocument(order) ? Object.entries(order) : [];
  return entries.map(([field, direction]) => ({ field, direction: Number(direction) < 0 ? -1 : 1 }));
}

const isDocument = (value: unknown): value is Document =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
