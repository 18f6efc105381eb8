import { z } from 'zod';
import { plainMessage, pointer, problemErrors } from '../problems/problem-errors.js';
import { Problem, type ProblemError } from '../problems/problems.js';
import { isJsonObject, mergePatch, nestsDeeperThan } from './merge-patch.js';
import type { ResourceDefinition } from './resource.js';

/** No body has more objects within each other; merging, which recurses, needs a bound. */
const DEEPEST_BODY = 16;

type Shape = Pick<ResourceDefinition, 'replacement' | 'immutable'>;

/**
 * The body as changes of the stored record: what it leaves out is removed, but for immutable fields.
 */
export function bodyChanges(resource: Shape, body: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.keys(resource.replacement.shape)
      .filter((field) => fieldOf(body, field) !== undefined || !resource.immutable.includes(field))
      .map((field) => [field, fieldOf(body, field)]),
  );
}

/**
 * What a record's body becomes by a JSON merge patch, validated as a whole.
 * @throws {Problem} `validation-failed` with pointers into the patched body
 */
export function patchedBody<Body>(resource: ResourceDefinition<Body>, current: object, patch: unknown): Partial<Body> {
  if (nestsDeeperThan(DEEPEST_BODY, patch)) {
    throw new Problem('validation-failed', { errors: [{ pointer: '', message: 'is nested too deeply' }] });
  }
  const unknown = unknownMembers(resource.replacement, patch);
  if (unknown.length > 0) throw new Problem('validation-failed', { errors: unknown });
  const parsed = resource.replacement.safeParse(mergePatch(bodyOf(resource, current), patch), {
    error: plainMessage,
  });
  if (!parsed.success) throw new Problem('validation-failed', { errors: problemErrors(parsed.error.issues, 'body') });
  if (isJsonObject(patch)) refuseMoves(resource, current, patch);
  return parsed.data as Partial<Body>;
}

/**
 * What a record's body becomes by PUT: the given one, with the immutable fields that it may leave out.
 * @throws {Problem} `validation-failed` when it changes an immutable field
 */
export function replacedBody<Body>(
  resource: ResourceDefinition<Body>,
  current: object,
  body: Partial<Body>,
): Partial<Body> {
  refuseMoves(resource, current, body);
  return body;
}

function refuseMoves(resource: Shape, current: object, body: object): void {
  const moved = resource.immutable.filter(
    (field) => fieldOf(body, field) !== undefined && fieldOf(body, field) !== toJson(fieldOf(current, field)),
  );
  if (moved.length === 0) return;
  throw new Problem('validation-failed', {
    errors: moved.map((field) => ({ pointer: pointer([field]), message: 'cannot be changed' })),
  });
}

/** The stored record as the body that would make it. `archived` is no status that a body can set. */
function bodyOf(resource: Shape, current: object): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const field of Object.keys(resource.replacement.shape)) {
    const value = fieldOf(current, field);
    if (value !== undefined && !(field === 'status' && value === 'archived')) body[field] = toJson(value);
  }
  return body;
}

const fieldOf = (record: object, field: string): unknown => Reflect.get(record, field);

const toJson = (value: unknown): unknown => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)));

/** Members that no body has: a null would remove nothing and pass unnoticed. */
function unknownMembers(schema: unknown, patch: unknown, path: readonly string[] = []): ProblemError[] {
  if (path.length === 0 && !isJsonObject(patch)) return [{ pointer: '', message: 'must be a JSON object' }];
  const object = schema instanceof z.ZodOptional ? schema.unwrap() : schema;
  if (!(object instanceof z.ZodObject) || !isJsonObject(patch)) return [];
  return Object.entries(patch).flatMap(([key, value]) =>
    Object.hasOwn(object.shape, key)
      ? unknownMembers(object.shape[key], value, [...path, key])
      : [{ pointer: pointer([...path, key]), message: 'is not known' }],
  );
}
