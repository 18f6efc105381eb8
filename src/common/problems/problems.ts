/** One kind of problem that the API answers with (RFC 9457). */
export interface ProblemKind {
  /** Of a registered type; all others are {@link problemType}'s. */
  readonly type?: string;
  readonly status: number;
  readonly title: string;
  /** When it is answered and what the client can do, for the documentation. */
  readonly about: string;
}

/**
 * Every problem of the API. The documentation (`/api/v1/problems`, OpenAPI, README) is made from this
 * table; `title` never varies within a type (RFC 9457 3.1.3).
 */
export const PROBLEMS = {
  'validation-failed': {
    status: 400,
    title: 'The request is not valid',
    about: 'A parameter or a body field is unknown, missing or malformed; `errors` names each.',
  },
  'malformed-request': {
    status: 400,
    title: 'The request could not be read',
    about: 'The URL or the JSON body is malformed.',
  },
  'invalid-cursor': {
    status: 400,
    title: 'The cursor cannot be used here',
    about:
      'The cursor is altered or expired, or belongs to a list with other filters or another sort. Start from the first page.',
  },
  'query-not-served': {
    status: 400,
    title: 'No index serves this combination',
    about: 'Filters, search and sort combine only where an index serves them; `served` lists the combinations.',
  },
  'page-too-deep': {
    status: 400,
    title: 'The page is too deep for an offset',
    about: '`page` reaches 10,000 rows; go further with `cursor`.',
  },
  unauthenticated: {
    status: 401,
    title: 'Credentials are missing or not valid',
    about: 'Send `Authorization: Bearer <key>` or `X-API-Key: <key>`.',
  },
  forbidden: {
    status: 403,
    title: 'The credentials do not allow this',
    about: 'The role of the key or token lacks the scope that the route needs.',
  },
  'not-found': {
    status: 404,
    title: 'Not found',
    about: 'There is no such route or record, or it belongs to somebody else.',
  },
  'method-not-allowed': {
    status: 405,
    title: 'The method is not allowed here',
    about: 'The route exists with other methods; `Allow` lists them.',
  },
  conflict: {
    status: 409,
    title: 'The record conflicts with another one',
    about: 'A unique value is taken; `errors` names the field.',
  },
  'has-dependents': {
    status: 409,
    title: 'Other records depend on this one',
    about: '`dependents` counts them. `cascade=true` archives them together with the record.',
  },
  archived: {
    status: 409,
    title: 'The record is archived',
    about: 'An archived record changes only by being restored: set its `status` (or `isActive`).',
  },
  'reference-not-live': {
    status: 409,
    title: 'A referenced record does not exist or is archived',
    about: 'The organization, clinic or provider that the body names is unknown, archived, or of another organization.',
  },
  'write-conflict': {
    status: 409,
    title: 'The record kept changing',
    about: 'Other writes got in between at each attempt. Nothing was changed; try again.',
  },
  'precondition-failed': {
    status: 412,
    title: 'The record has another version',
    about: '`If-Match` does not name the current version. Nothing was changed; read the record again.',
  },
  'content-too-large': {
    status: 413,
    title: 'The body is too large',
    about: 'The body exceeds the limit.',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'The media type is not supported',
    about: 'Bodies are `application/json`; PATCH also takes `application/merge-patch+json`.',
  },
  'idempotency-key-reused': {
    status: 422,
    title: 'The idempotency key belongs to another request',
    about:
      'A POST with this `Idempotency-Key` but another URL or body was done within the last 24 hours. Nothing was changed; send this one with a key of its own.',
  },
  'precondition-required': {
    status: 428,
    title: 'If-Match is required',
    about: 'This service runs with REQUIRE_IF_MATCH: PUT, PATCH and DELETE must name the version they change.',
  },
  'headers-too-large': {
    status: 431,
    title: 'The headers are too large',
    about: 'The request line and headers together exceed 16 KiB.',
  },
  'quota-exceeded': {
    type: 'https://iana.org/assignments/http-problem-types#quota-exceeded',
    status: 429,
    title: 'Request cannot be satisfied as assigned quota has been exceeded',
    about: '`violated-policies` names the limits, `RateLimit` and `Retry-After` say when to try again.',
  },
  'too-many-logins': {
    status: 429,
    title: 'Too many failed sign-ins from this address',
    about: 'Try again after `Retry-After` seconds, with a valid key.',
  },
  'internal-error': {
    status: 500,
    title: 'Something went wrong',
    about: 'An error of the service; `correlationId` finds it in its log.',
  },
  overloaded: {
    status: 503,
    title: 'The service is overloaded',
    about:
      'There is more to do than can be done in time: reads of the organizations that ask most are refused first. Nothing was changed; try again after `Retry-After` seconds.',
  },
  'service-unavailable': {
    status: 503,
    title: 'The service cannot answer now',
    about:
      'A dependency is away, and what was asked for is not known well enough to be answered as stale. A write was not made. Try again after `Retry-After` seconds.',
  },
  'deadline-exceeded': {
    status: 504,
    title: 'The time for the request is over',
    about:
      'The answer was not there within the time of the route or within `X-Request-Timeout`. Whether a write was made is not known; repeat it with its `Idempotency-Key`, or read the record.',
  },
  'outcome-unknown': {
    status: 504,
    title: 'Whether the write was made is not known',
    about:
      'The database was lost while it committed the write. Repeat it with its `Idempotency-Key`, or read the record.',
  },
} as const satisfies Readonly<Record<string, ProblemKind>>;

export type ProblemName = keyof typeof PROBLEMS;

/** What is wrong with one part of the request: `pointer` (RFC 6901) into the body, or `parameter` of the URL or header. */
export type ProblemError =
  | { readonly pointer: string; readonly message: string }
  | { readonly parameter: string; readonly message: string };

export interface ProblemDetails {
  /** What is particular to this occurrence, in a sentence for a person. */
  readonly detail?: string;
  readonly errors?: readonly ProblemError[];
  /** Further top-level members (RFC 9457 3.2). */
  readonly extensions?: Readonly<Record<string, unknown>>;
  /** Response headers that belong to the problem, such as Allow or Retry-After. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Thrown anywhere below the HTTP edge; {@link ProblemFilter} answers it. */
export class Problem extends Error {
  constructor(
    readonly kind: ProblemName,
    readonly details: ProblemDetails = {},
  ) {
    super(details.detail ?? PROBLEMS[kind].title);
    this.name = 'Problem';
  }

  get status(): number {
    return PROBLEMS[this.kind].status;
  }
}

/** The `type` of a problem: a reference relative to the service, which answers it with its documentation. */
export function problemType(kind: ProblemName): string {
  const { type }: ProblemKind = PROBLEMS[kind];
  return type ?? `/api/v1/problems/${kind}`;
}

/** The body of the answer, as `application/problem+json`. */
export function problemBody(problem: Problem, instance: string, correlationId: string): Record<string, unknown> {
  const { title, status } = PROBLEMS[problem.kind];
  const { detail, errors, extensions } = problem.details;
  return {
    type: problemType(problem.kind),
    title,
    status,
    ...(detail === undefined ? {} : { detail }),
    instance,
    correlationId,
    ...(errors === undefined ? {} : { errors }),
    ...extensions,
  };
}
