import type { RateLimiter } from '../../../common/rate-limit/rate-limiter.js';
import type { BreakerState, Dependency } from '../../../common/resilience/dependency.js';
import type { LoadShedder } from '../../auth/load-shedder.js';
import { counter, type Family, gauge } from './families.js';

const STATES = ['closed', 'half-open', 'open'] as const satisfies readonly BreakerState[];

/** What the process stands on, each behind its circuit breaker. */
export function breakerFamilies(dependencies: readonly Dependency[]): readonly Family[] {
  const counted = dependencies.map(({ name, state, counts }) => ({ labels: { dependency: name }, state, counts }));
  const of = (figure: 'opened' | 'inFlight') =>
    counted.map(({ labels, counts }) => ({ labels, value: counts[figure] }));
  return [
    gauge(
      'circuit_breaker_state',
      'The state of the breaker is 1, the others are 0.',
      counted.flatMap(({ labels, state }) =>
        STATES.map((name) => ({ labels: { ...labels, state: name }, value: state === name ? 1 : 0 })),
      ),
    ),
    counter(
      'circuit_breaker_calls_total',
      'Calls by what became of them; those that an open breaker refused are rejected.',
      counted.flatMap(({ labels, counts: { successes, failures, rejected } }) => [
        { labels: { ...labels, result: 'success' }, value: successes },
        { labels: { ...labels, result: 'failure' }, value: failures },
        { labels: { ...labels, result: 'rejected' }, value: rejected },
      ]),
    ),
    counter('circuit_breaker_opened_total', 'How often the breaker has opened.', of('opened')),
    gauge('circuit_breaker_in_flight_calls', 'Calls that have not ended.', of('inFlight')),
  ];
}

/** Whom the process turns away. */
export const refusalFamilies = (
  limits: RateLimiter['counts'],
  { refusesAll, refusedTenants, refused }: LoadShedder['state'],
): readonly Family[] => [
  counter('rate_limit_decisions_total', 'Whether requests were within the rate limits of tenants and keys.', [
    { labels: { result: 'allowed' }, value: limits.allowed },
    { labels: { result: 'refused' }, value: limits.refused },
  ]),
  counter(
    'rate_limit_local_decisions_total',
    'Such decisions that the process made by what it sees alone, as Redis was away.',
    limits.local,
  ),
  gauge(
    'load_shedder_refuses_all',
    'Whether all requests that are not answered from memory are refused.',
    Number(refusesAll),
  ),
  gauge('load_shedder_refused_tenants', 'Organizations whose reads are refused.', refusedTenants),
  counter(
    'load_shedder_refused_requests_total',
    'Requests that were refused because the event loop was late.',
    refused,
  ),
];
