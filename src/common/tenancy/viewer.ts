import type { Principal } from '../context/principal.js';

/** Sees the records of all organizations. */
export const EVERYTHING_SEEN = 'platform';

/** Whose view of the data a principal has: answers are shared between principals with the same. */
export const viewerOf = (principal: Principal): string =>
  principal.kind === 'platform' ? EVERYTHING_SEEN : principal.tenant;
