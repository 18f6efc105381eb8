export type DependencyState = 'up' | 'down';

/** What `/readyz` answers, with 503 where it is `unavailable`. */
export interface Readiness {
  readonly status: 'ok' | 'degraded' | 'unavailable';
  readonly phase: 'starting' | 'running' | 'stopping';
  readonly mongodb: DependencyState;
  readonly redis: DependencyState;
  /** Whether the collections are known to have the indexes that they must have. */
  readonly indexes: 'verified' | 'unverified';
  /** `warm` once this process has taken what the others serve most. */
  readonly cache: 'off' | 'warming' | 'warm';
}
