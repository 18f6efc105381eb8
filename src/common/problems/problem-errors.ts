import type { z } from 'zod';
import type { ProblemError } from './problems.js';

/** The mistakes found by zod, as RFC 6901 pointers into the body or as names of parameters. */
export function problemErrors(issues: readonly z.core.$ZodIssue[], where: string): ProblemError[] {
  return issues.flatMap((issue): ProblemError[] => {
    const paths = issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
    const message = issue.code === 'unrecognized_keys' ? 'is not known' : issue.message;
    return paths.map((path) =>
      where === 'body'
        ? { pointer: pointer(path), message }
        : { parameter: path.length === 0 ? where : String(path[0]), message },
    );
  });
}

/** Says what a value must be where the schema has no words of its own. */
export function plainMessage(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is required' : `must be of type ${issue.expected}`;
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return `must be at least ${issue.minimum}${issue.origin === 'string' ? ' characters long' : ''}`;
    case 'too_big':
      return `must be at most ${issue.maximum}${issue.origin === 'string' ? ' characters long' : ''}`;
    default:
      return undefined;
  }
}

/** A JSON pointer (RFC 6901). */
export const pointer = (path: readonly PropertyKey[]): string =>
  path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
