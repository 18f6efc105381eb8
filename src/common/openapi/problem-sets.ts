import type { ProblemName } from '../http/problems.js';

/** Problems that any route has: of its URL and its query, and of the service itself. */
export const PUBLIC = ['validation-failed', 'malformed-request', 'internal-error'] as const;

/** Those of every route that isn't public and reads the database. */
export const ALWAYS = [...PUBLIC, 'unauthenticated', 'service-unavailable'] as const;

/** Those of routes with the id of a record. */
export const WITH_ID = ['not-found'] as const;

/** Those of routes that take a body. */
export const WITH_BODY = ['content-too-large', 'unsupported-media-type'] as const;

/** Those of lists. */
export const LISTS = [
  ...ALWAYS,
  'invalid-cursor',
  'query-not-served',
  'page-too-deep',
] as const satisfies readonly ProblemName[];
