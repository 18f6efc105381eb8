/** What `COMMIT_WITHIN_MS` is to the service: together less than the time that the caches leave Redis to settle. */
export const COMMIT_BEGINS_WITHIN_MS = 1_200;
export const COMMIT_FOR_MS = 500;
export const SETTLE_MS = COMMIT_BEGINS_WITHIN_MS + COMMIT_FOR_MS + 100;
