import { z } from 'zod';
import type { ZodOpenApiExampleObject, ZodOpenApiResponseObject } from 'zod-openapi';
import { PROBLEMS, Problem, type ProblemName, problemBody, problemType } from '../problems/problems.js';
import { earlyHeaders, type HeaderName, headers, RATE_HEADERS } from './headers.js';
import { OCCURRENCES } from './problem-examples.js';

export const problemNames = Object.keys(PROBLEMS).filter((name): name is ProblemName => name in PROBLEMS);

const message = z.string().describe('What is wrong, for a person.');

/** The body of every error (RFC 9457). */
const problemSchema = z
  .looseObject({
    type: z
      .enum(problemNames.map(problemType))
      .describe('Which problem it is: a reference to its documentation, constant for programs to compare.'),
    title: z.string().describe('The same for every occurrence of the type.'),
    status: z.int().min(400).max(599).describe('The HTTP status.'),
    detail: z.string().optional().describe('What is particular to this occurrence.'),
    instance: z.string().describe('Path of the request.'),
    correlationId: z.string().describe('The X-Correlation-Id of the answer.'),
    errors: z
      .array(
        z.union([
          z.strictObject({ pointer: z.string().describe('JSON pointer (RFC 6901) into the body.'), message }),
          z.strictObject({ parameter: z.string().describe('Parameter of the URL, or header.'), message }),
        ]),
      )
      .optional()
      .describe('Each mistake in the request.'),
    served: z
      .array(
        z.strictObject({
          filters: z.array(z.string()),
          sort: z.string().nullable().describe('null where at most one row can match, so any sort does.'),
        }),
      )
      .optional()
      .describe('With `query-not-served`: the combinations that are.'),
    dependents: z
      .record(z.string(), z.int().min(1))
      .optional()
      .describe('With `has-dependents`: how many live records of each kind depend on this one.'),
    'violated-policies': z
      .array(z.enum(['tenant', 'key']))
      .optional()
      .describe('With `quota-exceeded`: the limits of `RateLimit-Policy` that the request would exceed.'),
    error: z
      .literal('invalid_client')
      .optional()
      .describe('With `unauthenticated` of a token request: the error code of RFC 6749 5.2.'),
  })
  .meta({ id: 'Problem', description: 'What went wrong (RFC 9457).' });

/** Headers that a problem brings along. */
const HEADERS_OF: Readonly<Partial<Record<ProblemName, readonly HeaderName[]>>> = {
  unauthenticated: ['WWW-Authenticate'],
  'method-not-allowed': ['Allow'],
  'unsupported-media-type': ['Accept', 'Accept-Patch'],
  'quota-exceeded': ['Retry-After'],
  'too-many-logins': ['Retry-After'],
  overloaded: ['Retry-After'],
  'service-unavailable': ['Retry-After'],
};

/** Problems that are found before a request is counted against the limits. */
const UNCOUNTED: readonly ProblemName[] = ['unauthenticated', 'too-many-logins'];

/** An example of each problem, for the document's components. */
export const problemExamples: Readonly<Record<string, ZodOpenApiExampleObject>> = Object.fromEntries(
  problemNames.map((name) => [
    name,
    {
      summary: PROBLEMS[name].title,
      description: PROBLEMS[name].about,
      value: problemBody(
        new Problem(name, OCCURRENCES[name]),
        '/api/v1/clinics',
        '0f8b3c52-6f0e-4d0a-9b8e-2f6f5f6f0c1d',
      ),
    },
  ]),
);

/** The problems that an operation answers with: one response a status, each with its examples. */
export function problemResponses(
  names: readonly ProblemName[],
  { cached = false }: { /** Whether that a record isn't there comes from the cache. */ readonly cached?: boolean } = {},
): Record<`${4 | 5}${string}`, ZodOpenApiResponseObject> {
  const byStatus = Map.groupBy(names, (name) => PROBLEMS[name].status);
  return Object.fromEntries(
    [...byStatus].map(([status, same]) => [status, problemResponse(same, cached && same.includes('not-found'))]),
  );
}

/** Each set of problems is one component, as most occur in many operations. */
const shared = new Map<string, ZodOpenApiResponseObject>();

function problemResponse(names: readonly ProblemName[], cached: boolean): ZodOpenApiResponseObject {
  const id = `${names.toSorted().join('-or-')}${cached ? '-cached' : ''}`;
  const response = shared.get(id) ?? { ...responseOf(names, cached ? ['X-Cache'] : []), id };
  shared.set(id, response);
  return response;
}

const responseOf = (names: readonly ProblemName[], more: readonly HeaderName[] = []): ZodOpenApiResponseObject => ({
  description: names
    .map((name) => `[${PROBLEMS[name].title}](${problemType(name)}). ${PROBLEMS[name].about}`)
    .join('\n\n'),
  headers: headersOf(names, more),
  content: {
    'application/problem+json': {
      schema: problemSchema,
      examples: Object.fromEntries(names.map((name) => [name, { $ref: `#/components/examples/${name}` }])),
    },
  },
});

function headersOf(names: readonly ProblemName[], more: readonly HeaderName[]) {
  if (names.includes('headers-too-large')) return earlyHeaders();
  const own = new Set(names.flatMap((name) => HEADERS_OF[name] ?? []));
  return headers(
    'Content-Encoding',
    'Vary',
    ...own,
    ...more,
    ...(names.every((name) => UNCOUNTED.includes(name)) ? [] : RATE_HEADERS),
  );
}

/**
 * What no operation can answer, as it is about methods that a path doesn't have; a component all the same,
 * for the document to be complete.
 */
export const methodNotAllowed = (): ZodOpenApiResponseObject => responseOf(['method-not-allowed']);
