import type { ProblemDetails, ProblemName } from '../problems/problems.js';

/** One occurrence of each problem, for the documentation. */
export const OCCURRENCES: Readonly<Record<ProblemName, ProblemDetails>> = {
  'validation-failed': { errors: [{ parameter: 'limit', message: 'must be from 1 to 100' }] },
  'malformed-request': {},
  'invalid-cursor': {
    detail: 'It has expired: start from the first page.',
    errors: [{ parameter: 'cursor', message: 'is not valid here' }],
  },
  'query-not-served': {
    detail: 'No index serves the filters status, search sorted by id.',
    extensions: {
      served: [
        { filters: [], sort: 'createdAt' },
        { filters: ['search'], sort: 'id' },
        { filters: ['organizationId', 'code'], sort: null },
      ],
    },
  },
  'page-too-deep': {
    detail: 'Page 600 of 20 rows ends past row 10,000. Follow page.nextCursor instead.',
    errors: [{ parameter: 'page', message: 'must not reach past row 10000' }],
  },
  unauthenticated: {},
  forbidden: { detail: 'This needs the scope directory:write.' },
  'not-found': { detail: 'There is no clinic 665f1c2ab7e4d1f0a1b2c3d9.' },
  'method-not-allowed': {},
  conflict: {
    detail: 'Another clinic has the same code.',
    errors: [{ pointer: '/code', message: 'is already taken' }],
  },
  'has-dependents': {
    detail: 'Live records depend on it: assignments 3.',
    extensions: { dependents: { assignments: 3 } },
  },
  archived: { detail: 'Set status to bring it back.' },
  'reference-not-live': {
    detail: 'There is no live organization 665f1c2ab7e4d1f0a1b2c3d9.',
    errors: [{ pointer: '/organizationId', message: 'does not name a live organization' }],
  },
  'write-conflict': {},
  'precondition-failed': { detail: 'The current version is 8.' },
  'content-too-large': {},
  'unsupported-media-type': {},
  'idempotency-key-reused': {
    errors: [{ parameter: 'Idempotency-Key', message: 'was sent with another request' }],
  },
  'deadline-exceeded': {},
  'outcome-unknown': {},
  'precondition-required': { errors: [{ parameter: 'If-Match', message: 'is required' }] },
  'headers-too-large': {},
  'quota-exceeded': { detail: 'Try again in 3 s.', extensions: { 'violated-policies': ['tenant'] } },
  'too-many-logins': {},
  'internal-error': {},
  overloaded: {},
  'service-unavailable': {},
};
