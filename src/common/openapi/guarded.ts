import type { ZodOpenApiOperationObject, ZodOpenApiResponsesObject } from 'zod-openapi';
import type { Scope } from '../context/principal.js';
import type { ProblemName } from '../problems/problems.js';
import { RATE_HEADERS, reference } from './headers.js';
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

/** A read, of which the heaviest organizations may be refused when the service is overloaded. */
export const guardedRead = (access: OperationAccess, operation: GuardedOperation): ZodOpenApiOperationObject =>
  guarded(access, access.platform ? operation : { ...operation, problems: [...operation.problems, 'overloaded'] });

/** Completes an operation with the credentials that it needs, the limits that it is under, and their problems. */
export function guarded(
  access: OperationAccess,
  { answers, problems, absenceCached = false, description, ...operation }: GuardedOperation,
): ZodOpenApiOperationObject {
  const { scope, platform = false } = access;
  return {
    ...operation,
    description: [description, accessNote(access)].filter((part) => part !== undefined).join('\n\n'),
    security: [{ bearer: [] }, { apiKey: [] }, { oauth2: [scope] }],
    responses: { ...metered(answers), ...problemResponses([...ALWAYS, ...problems], { cached: absenceCached }) },
    'x-required-scope': scope,
    'x-platform-only': platform,
  };
}

const accessNote = ({ scope, platform }: OperationAccess): string =>
  `Needs the scope \`${scope}\`${platform ? ', and a principal of the platform' : ''}.`;

function metered(answers: ZodOpenApiResponsesObject): ZodOpenApiResponsesObject {
  const rates = Object.fromEntries(RATE_HEADERS.map((name) => [name, reference(name)]));
  return Object.fromEntries(
    Object.entries(answers).map(([status, answer]) => [
      status,
      '$ref' in answer ? answer : { ...answer, headers: { ...answer.headers, ...rates } },
    ]),
  );
}
