import { describe, expect, it } from '@jest/globals';
import { LEAST_QUERIES, LEAST_READS, slowQueryVerdict, type VerdictFacts, verdictOf } from './verdict.js';

const WELL: VerdictFacts = {
  dependencies: [
    { name: 'mongodb', breaker: 'closed' },
    { name: 'redis', breaker: 'closed' },
    { name: 'issuer', breaker: 'closed' },
  ],
  slowQueries: { queries: 1_000, slow: 0 },
  pool: { inUse: 3, max: 50, waiting: 0 },
  eventLoopDelayP99Ms: 2,
  heapShare: 0.4,
  cache: { reads: 6_000, hits: 5_900, violations: 0 },
  alerts: [],
};
const away = (name: string, breaker: 'open' | 'half-open') => ({
  dependencies: WELL.dependencies.map((one) => (one.name === name ? { name, breaker } : one)),
});
const slow = (count: number, queries = 1_000) => ({ slowQueries: { queries, slow: count } });
const pool = (change: Partial<VerdictFacts['pool']>) => ({ pool: { ...WELL.pool, ...change } });
const cache = (change: Partial<VerdictFacts['cache']>) => ({ cache: { ...WELL.cache, ...change } });
const alert = (severity: 'page' | 'ticket' | 'info') => ({
  alerts: [{ name: 'requests-slow', severity, summary: 'Requests are slow.' }],
});

describe('a process', () => {
  it('with which nothing is wrong is healthy, for no reason', () => {
    expect(verdictOf(WELL)).toEqual({ status: 'healthy', reasons: [] });
  });

  it.each([
    ['without MongoDB', away('mongodb', 'open'), 'unhealthy', 'circuit-breakers'],
    ['that tries MongoDB again', away('mongodb', 'half-open'), 'unhealthy', 'circuit-breakers'],
    ['without Redis', away('redis', 'open'), 'degraded', 'circuit-breakers'],
    ['that tries Redis again', away('redis', 'half-open'), 'degraded', 'circuit-breakers'],
    ['without the issuer of tokens', away('issuer', 'open'), 'degraded', 'circuit-breakers'],
    ['with 4.9 % slow queries', slow(49), 'healthy', ''],
    ['with 5 % slow queries', slow(50), 'degraded', 'queries/slow'],
    ['with 10 % slow queries', slow(100), 'degraded', 'queries/slow'],
    ['with 10.1 % slow queries', slow(101), 'unhealthy', 'queries/slow'],
    ['with too few queries to tell', slow(LEAST_QUERIES - 1, LEAST_QUERIES - 1), 'healthy', ''],
    ['with just enough queries to tell', slow(LEAST_QUERIES, LEAST_QUERIES), 'unhealthy', 'queries/slow'],
    ['with operations that wait for a connection', pool({ waiting: 1 }), 'degraded', 'metrics/pool'],
    ['with 90 % of its connections in use', pool({ inUse: 45 }), 'healthy', ''],
    ['with more than 90 % of its connections in use', pool({ inUse: 46 }), 'degraded', 'metrics/pool'],
    ['that is not connected yet', pool({ inUse: 0, max: 0 }), 'healthy', ''],
    ['whose event loop is 100 ms late', { eventLoopDelayP99Ms: 100 }, 'healthy', ''],
    ['whose event loop is 101 ms late', { eventLoopDelayP99Ms: 101 }, 'degraded', 'metrics/summary'],
    ['whose event loop is 500 ms late', { eventLoopDelayP99Ms: 500 }, 'degraded', 'metrics/summary'],
    ['whose event loop is 501 ms late', { eventLoopDelayP99Ms: 501 }, 'unhealthy', 'metrics/summary'],
    ['with 85 % of its heap used', { heapShare: 0.85 }, 'healthy', ''],
    ['with 86 % of its heap used', { heapShare: 0.86 }, 'degraded', 'metrics/trends'],
    ['with 95 % of its heap used', { heapShare: 0.95 }, 'degraded', 'metrics/trends'],
    ['with 96 % of its heap used', { heapShare: 0.96 }, 'unhealthy', 'metrics/trends'],
    ['whose cache has lied', cache({ violations: 1 }), 'unhealthy', 'cache/stats'],
    ['whose cache answers 30 %', cache({ hits: 1_800 }), 'healthy', ''],
    ['whose cache answers less than 30 %', cache({ hits: 1_799 }), 'degraded', 'cache/stats'],
    ['whose cache is hardly asked', cache({ reads: LEAST_READS - 1, hits: 0 }), 'healthy', ''],
    ['with an alert that pages', alert('page'), 'unhealthy', 'alerts'],
    ['with an alert for a ticket', alert('ticket'), 'degraded', 'alerts'],
    ['with an alert worth knowing', alert('info'), 'healthy', ''],
  ] as const)('%s is what it should be, and says where to look', (_, change, status, where) => {
    const verdict = verdictOf({ ...WELL, ...change });
    expect(verdict.status).toBe(status);
    const reason = {
      severity: status,
      text: expect.stringMatching(/^[A-Z\da-z].*\.$/),
      link: `/api/v1/performance/${where}`,
    };
    expect(verdict.reasons).toEqual(status === 'healthy' ? [] : [reason]);
  });

  it('is as well as the worst of its reasons, which comes first', () => {
    const { status, reasons } = verdictOf({ ...WELL, ...away('redis', 'open'), ...slow(60), ...alert('page') });
    expect(status).toBe('unhealthy');
    expect(reasons.map(({ severity }) => severity)).toEqual(['unhealthy', 'degraded', 'degraded']);
    expect(reasons[0]?.text).toBe('The alert requests-slow fires: Requests are slow.');
    expect(reasons[2]?.text).toBe('6 % of the queries of the last 5 minutes were slow.');
  });
});

it('too few queries have no verdict of their own', () => {
  expect(slowQueryVerdict({ queries: 0, slow: 0 })).toBeNull();
  expect(slowQueryVerdict({ queries: LEAST_QUERIES, slow: 0 })).toBe('healthy');
});
