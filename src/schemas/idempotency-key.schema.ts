import { type IndexSpec, index } from '../common/resource/index-spec.js';

/** What POSTs have come to, by their `Idempotency-Key`; MongoDB removes each at its `expiresAt`. */
export const idempotencyKeyIndexes: readonly IndexSpec[] = [index({ expiresAt: 1 }, { expireAfterSeconds: 0 })];
