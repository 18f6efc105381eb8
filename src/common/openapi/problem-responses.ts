import { z } from 'zod';
import type { ZodOpenApiExampleObject, ZodOpenApiResponseObject } from 'zod-openapi';
import { PROBLEMS, Problem, type ProblemName, problemBody, problemType } from '../http/problems.js';
import { type HeaderName, headers } from './headers.js';
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
  })
  .meta({ id: 'Problem', description: 'What went wrong (RFC 9457).' });

/** Headers that a problem brings along. */
const HEADERS_OF: Readonly<Partial<Record<ProblemName, readonly HeaderName[]>>> = {
  unauthenticated: ['WWW-Authenticate'],
  'method-not-allowed': ['Allow'],
  'unsupported-media-type': ['Accept', 'Accept-Patch'],
  'service-unavailable': ['Retry-After'],
};

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
export function problemResponses(names: readonly ProblemName[]): Record<`${4 | 5}${string}`, ZodOpenApiResponseObject> {
  const byStatus = Map.groupBy(names, (name) => PROBLEMS[name].status);
  return Object.fromEntries([...byStatus].map(([status, same]) => [status, problemResponse(same)]));
}

/** Answers that occur in many operations are components; those are told apart by their problem. */
const shared = new Map<ProblemName, ZodOpenApiResponseObject>();

function problemResponse(names: readonly ProblemName[]): ZodOpenApiResponseObject {
  const [name, ...others] = names;
  if (name === undefined || others.length > 0) return responseOf(names);
  const response = shared.get(name) ?? { ...responseOf(names), id: name };
  shared.set(name, response);
  return response;
}

const responseOf = (names: readonly ProblemName[]): ZodOpenApiResponseObject => ({
  description: names
    .map((name) => `[${PROBLEMS[name].title}](${problemType(name)}). ${PROBLEMS[name].about}`)
    .join('\n\n'),
  headers: headers(...new Set(names.flatMap((name) => HEADERS_OF[name] ?? []))),
  content: {
    'application/problem+json': {
      schema: problemSchema,
      examples: Object.fromEntries(names.map((name) => [name, { $ref: `#/components/examples/${name}` }])),
    },
  },
});

/**
 * What no operation can answer, as it is about methods that a path doesn't have; a component all the same,
 * for the document to be complete.
 */
export const methodNotAllowed = (): ZodOpenApiResponseObject => responseOf(['method-not-allowed']);
