import type { ZodOpenApiOperationObject, ZodOpenApiResponsesObject } from 'zod-openapi';
import type { Scope } from '../context/principal.js';
import type { ProblemName } from '../problems/problems.js';
import { type HeaderName, RATE_HEADERS, reference } from './headers.js';
import { parameter } from './parameters.js';
import { problemResponses } from './problem-responses.js';
import { ALWAYS } from './problem-sets.js';

/** What an operation asks of whoever calls it; a test holds it against what the route's guard asks. */
export interface OperationAccess {
  readonly scope: Scope;
  /** Only for principals of the platform. */
  readonly platform?: boolean;
}

/** An operation without what follows from its being guarded. */
export interface GuardedOperation extends Omit<ZodOpenApiOperationObject, 'responses' | 'security'> {
  /** Its answers when all is well. */
  readonly answers: ZodOpenApiResponsesObject;
  /** Its problems beside those that every guarded operation has. */
  readonly problems: readonly ProblemName[];
  /** Whether its 404 may come from the cache, and says so. */
  readonly absenceCached?: boolean;
}

/** A POST that can be sent again under its idempotency key. */
export const guardedPost = (access: OperationAccess, operation: GuardedOperation): ZodOpenApiOperationObject =>
  guarded(access, {
    ...operation,
    parameters: [...(operation.parameters ?? []), parameter('IdempotencyKey')],
    answers: withHeaders(operation.answers, ['Idempotent-Replayed']),
    problems: [...operation.problems, 'idempotency-key-reused', 'outcome-unknown'],
  });

/** Completes an operation with the credentials that it needs, the limits that it is under, and their problems. */
export function guarded(
  access: OperationAccess,
  { answers, problems, absenceCached = false, description, ...operation }: GuardedOperation,
): ZodOpenApiOperationObject {
  const { scope, platform = false } = access;
  return {
    ...operation,
    parameters: [...(operation.parameters ?? []), parameter('RequestTimeout')],
    description: [description, accessNote(access)].filter((part) => part !== undefined).join('\n\n'),
    security: [{ bearer: [] }, { apiKey: [] }, { oauth2: [scope] }],
    responses: {
      ...withHeaders(answers, RATE_HEADERS),
      ...problemResponses([...ALWAYS, ...problems], { cached: absenceCached }),
    },
    'x-required-scope': scope,
    'x-platform-only': platform,
  };
}

const accessNote = ({ scope, platform }: OperationAccess): string =>
  `Needs the scope \`${scope}\`${platform ? ', and a principal of the platform' : ''}.`;

function withHeaders(answers: ZodOpenApiResponsesObject, names: readonly HeaderName[]): ZodOpenApiResponsesObject {
  const more = Object.fromEntries(names.map((name) => [name, reference(name)]));
  return Object.fromEntries(
    Object.entries(answers).map(([status, answer]) => [
      status,
      '$ref' in answer ? answer : { ...answer, headers: { ...answer.headers, ...more } },
    ]),
  );
}
