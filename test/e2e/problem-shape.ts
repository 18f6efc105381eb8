import { expect } from '@jest/globals';
import { PROBLEMS } from '../../src/common/problems/problems.js';
import type { Answer } from '../support/api-client.js';

/** Expects an answer to be a whole problem of this kind (RFC 9457). */
export function expectProblem(answer: Answer, kind: keyof typeof PROBLEMS): void {
  const { status, title } = PROBLEMS[kind];
  expect(answer.body).toMatchObject({ type: `/api/v1/problems/${kind}`, title, status });
  expect(answer.status).toBe(status);
  expectProblemShape(answer);
}

/** Expects what every error of the service has, whatever its kind. */
export function expectProblemShape({ status, headers, body }: Answer): void {
  expect(headers.get('content-type')).toMatch(/^application\/problem\+json(?:; charset=utf-8)?$/);
  expect(headers.get('cache-control')).toBe('no-store');
  expect(body).toMatchObject({
    type: expect.stringMatching(/^\/api\/v1\/problems\/[a-z-]+$/),
    title: expect.any(String),
    status,
    instance: expect.stringMatching(/^\//),
    correlationId: headers.get('x-correlation-id'),
  });
}

/** The pointers and parameters that a problem names. */
export const named = (answer: Answer): unknown[] =>
  (answer.body['errors'] as { pointer?: string; parameter?: string }[]).map(
    ({ pointer, parameter }) => pointer ?? parameter,
  );
