import type { ProblemName } from '../problems/problems.js';

/** Problems that any route has: of its URL, its query and its headers, and of the service itself. */
export const PUBLIC = [
  'validation-failed',
  'malformed-request',
  'headers-too-large',
  'internal-error',
  'deadline-exceeded',
] as const;

/** Those of every route that isn't public: `guarded` adds them. */
export const ALWAYS = [
  ...PUBLIC,
  'unauthenticated',
  'forbidden',
  'quota-exceeded',
  'too-many-logins',
  'overloaded',
  'service-unavailable',
] as const satisfies readonly ProblemName[];

/** Those of routes with the id of a record. */
export const WITH_ID = ['not-found'] as const;

/** Those of routes that take a body. */
export const WITH_BODY = ['content-too-large', 'unsupported-media-type'] as const;

/** Those of lists. */
export const LISTS = ['invalid-cursor', 'query-not-served', 'page-too-deep'] as const satisfies readonly ProblemName[];

/** Those of changes that may depend on the record's version. */
export const VERSIONED = ['precondition-failed', 'precondition-required', 'write-conflict', 'outcome-unknown'] as const;
