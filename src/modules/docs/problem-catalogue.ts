import { problemNames } from '../../common/openapi/problem-responses.js';
import { PROBLEMS, type ProblemName, problemType } from '../../common/problems/problems.js';

/** What a client can learn of a type of problem. */
export interface DocumentedProblem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly about: string;
}

export const problemKind = (name: ProblemName): DocumentedProblem => {
  const { title, status, about } = PROBLEMS[name];
  return { type: problemType(name), title, status, about };
};

/** All of them, in the order of the table. */
export const problemKinds: readonly DocumentedProblem[] = problemNames.map(problemKind);

/** The problem whose type ends in the name, if there is one. */
export function findProblemKind(name: string): DocumentedProblem | undefined {
  const known = problemNames.find((candidate) => candidate === name);
  return known && problemKind(known);
}
