import { Problem } from '../problems/problems.js';

/** The versions that a client is ready to change: those it names, or any that exists (`*`). */
export type Precondition = { readonly versions: readonly number[] } | 'any-version';

/** @throws {Problem} `precondition-failed` when the record's version isn't one that the client named */
export function assertPrecondition(precondition: Precondition | undefined, version: number): void {
  if (precondition === undefined || precondition === 'any-version' || precondition.versions.includes(version)) return;
  throw new Problem('precondition-failed', { detail: `The current version is ${version}.` });
}
