/** A commit that is acknowledged has come within this time of its mark: MongoDB gives up a longer one. */
export const COMMIT_WITHIN_MS = 5_000;
/** How long nothing is served or kept after the store has come to another memory. */
export const SETTLE_MS = COMMIT_WITHIN_MS + 1_000;
