import type { RateDecision, RatePolicy } from './gcra.js';

/** `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-11, 3). */
export const policyHeader = (name: string, { quota, windowSeconds }: RatePolicy): string =>
  `"${name}";q=${quota};w=${windowSeconds}`;

/** `RateLimit` of the same draft (4): what remains, and in how many seconds the quota is restored. */
export const rateLimitHeader = (name: string, { remaining, resetSeconds }: RateDecision): string =>
  `"${name}";r=${remaining};t=${resetSeconds}`;
