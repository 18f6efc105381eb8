import { pointer } from '../problems/problem-errors.js';
import { Problem } from '../problems/problems.js';
import { isDuplicateKey } from '../problems/server-errors.js';
import type { IndexSpec } from '../resource/index-spec.js';
import type { ResourceDefinition } from '../resource/resource.js';

/**
 * Turns MongoDB's duplicate key error into a `conflict` that names the field, and throws any other
 * error on. The index is found by its name, as not every server reports the key pattern.
 */
export const translateDuplicateKey =
  (resource: ResourceDefinition) =>
  (error: unknown): never => {
    if (!isDuplicateKey(error)) throw error;
    const violated = resource.indexes.find(({ name }) => error.message.includes(`index: ${name} `));
    throw takenProblem(resource, violated);
  };

/** The `conflict` of a record whose values of the unique index are another's. */
export function takenProblem(resource: ResourceDefinition, unique: IndexSpec | undefined): Problem {
  const field = unique === undefined ? undefined : Object.keys(unique.keys).at(-1);
  return new Problem('conflict', {
    detail: `Another ${resource.singular} has the same ${field ?? 'unique value'}.`,
    ...(field === undefined ? {} : { errors: [{ pointer: pointer([field]), message: 'is already taken' }] }),
  });
}
