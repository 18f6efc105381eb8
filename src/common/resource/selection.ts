import { z } from 'zod';
import { isJsonObject } from './merge-patch.js';
import type { ResourceDefinition } from './resource.js';

/** Which fields of a record are answered, and so the only ones that are read. */
export interface Selection {
  /** Paths of the answer in the order of the definition; `id` is always among them. */
  readonly paths: readonly string[];
  /** All fields: the answer is the full resource and carries its version's ETag. */
  readonly full: boolean;
}

/** Every path that `fields` can name, parents before their children. */
export function selectablePaths(schema: z.ZodObject, prefix = ''): string[] {
  return Object.entries(schema.shape).flatMap(([key, field]) => {
    const path = `${prefix}${key}`;
    const inner = unwrap(field);
    return inner instanceof z.ZodObject ? [path, ...selectablePaths(inner, `${path}.`)] : [path];
  });
}

function unwrap(field: unknown): unknown {
  let inner = field;
  while (inner instanceof z.ZodOptional || inner instanceof z.ZodNullable || inner instanceof z.ZodDefault) {
    inner = inner.unwrap();
  }
  return inner;
}

const fullSelections = new WeakMap<ResourceDefinition, Selection>();

/** All fields; made once a resource, as most requests want it. */
export function fullSelection(resource: ResourceDefinition): Selection {
  const made = fullSelections.get(resource) ?? { paths: Object.keys(resource.record.shape), full: true };
  fullSelections.set(resource, made);
  return made;
}

/** The selection of `fields=a,b.c`: a child whose parent is named too is dropped (MongoDB refuses both). */
export function selectionOf(resource: ResourceDefinition, named: readonly string[]): Selection {
  const wanted = new Set(['id', ...named]);
  const paths = selectablePaths(resource.record).filter(
    (path) => wanted.has(path) && !parents(path).some((parent) => wanted.has(parent)),
  );
  return { paths, full: false };
}

function parents(path: string): string[] {
  const parts = path.split('.');
  return parts.slice(1).map((_, at) => parts.slice(0, at + 1).join('.'));
}

/** The MongoDB projection that reads the selected fields and `also` those that the caller needs for itself. */
export function projectionOf(selection: Selection, also: readonly string[] = []): Record<string, 1> {
  const projection: Record<string, 1> = { _id: 1 };
  for (const path of [...selection.paths, ...also]) {
    if (path !== 'id') projection[path] = 1;
  }
  return projection;
}

/** The answer to a client: the selected fields of a stored document, in the order of the definition. */
export function present(document: object, selection: Selection): Record<string, unknown> {
  const answer: Record<string, unknown> = {};
  for (const path of selection.paths) {
    const value: unknown = Reflect.get(document, path === 'id' ? '_id' : path);
    if (value !== undefined) answer[path] = value;
    else if (path.includes('.')) copyPath(document, path.split('.'), answer);
  }
  return answer;
}

function copyPath(from: object, keys: readonly string[], to: Record<string, unknown>): void {
  const [key, ...rest] = keys;
  if (key === undefined) return;
  const value: unknown = Reflect.get(from, key);
  if (value === undefined) return;
  if (rest.length === 0) {
    to[key] = value;
  } else if (isJsonObject(value)) {
    const inner: Record<string, unknown> = {};
    const already = to[key];
    if (isJsonObject(already)) Object.assign(inner, already);
    copyPath(value, rest, inner);
    to[key] = inner;
  }
}
