import { plainMessage, problemErrors } from '../problems/problem-errors.js';
import type { ProblemError } from '../problems/problems.js';
import type { ResourceDefinition } from './resource.js';

/** A body, or every mistake that keeps it from being one. */
export type ParsedBody<Body> =
  | { readonly body: Body; readonly errors?: undefined }
  | { readonly body?: undefined; readonly errors: readonly ProblemError[] };

/** Holds what comes from a file to the same rules, in the same words, as what comes over HTTP. */
export function parseBody<Body>(resource: ResourceDefinition<Body>, value: unknown): ParsedBody<Body> {
  const parsed = resource.body.safeParse(value, { error: plainMessage });
  if (!parsed.success) return { errors: problemErrors(parsed.error.issues, 'body') };
  // The definition's `body` is the schema of its `Body`, which the erased schema type no longer says.
  return { body: parsed.data as Body };
}
