import { describe, expect, it } from '@jest/globals';
import { SIGNALS } from '../signals.js';
import type { SignalValues } from '../signals.service.js';
import { AlertBook } from './alerts-book.js';
import { DEFAULT_ALERT_RULES } from './alerts-default-rules.js';
import { parseAlertRules } from './alerts-rules.js';

/** Of a process that is well and idle. */
const WELL = Object.fromEntries(Object.keys(SIGNALS).map((name) => [name, 0])) as SignalValues;
/** What makes each rule of the service fire, in their order. */
const WRONG: Readonly<Record<string, Partial<SignalValues>>> = {
  'requests-fail': { requestErrorShare: 0.06, requestsPerSecond: 5 },
  'some-requests-fail': { requestErrorShare5m: 0.02, requestsPerSecond: 5 },
  'requests-slow': { requestP99Ms: 1_001, requestsPerSecond: 5 },
  'queries-slow': { slowQueryShare: 0.06, queriesPerSecond: 5 },
  'cache-violations': { cacheViolations: 1 },
  'indexes-missing': { missingIndexes: 1 },
  'queries-scan': { scanningQueries: 1 },
  'pool-exhausted': { poolWaiting: 1 },
  'operations-wait': { databaseWaiting: 1 },
  'event-loop-late': { eventLoopDelayP99Ms: 101 },
  'heap-nearly-full': { heapShare: 0.86 },
  'breaker-open': { openBreakers: 1 },
  'hit-rate-collapsed': { cacheHitShare: 0.2, cachedReadsPerSecond: 11 },
  overloaded: { refusedPerSecond: 0.1 },
};
const bookOf = () => new AlertBook(parseAlertRules(DEFAULT_ALERT_RULES, 'the service'), 0);
const namesOf = (changes: AlertBook['changes']) => changes.map(({ rule, state }) => `${rule.name} ${state}`);

describe('a book of alerts', () => {
  it('of a process that is well and idle has nothing to tell', () => {
    const book = bookOf();
    for (let second = 0; second < 3_600; second += 5) expect(book.evaluate(WELL, 1_000 * second)).toEqual([]);
    expect(new Set(book.alerts.map(({ state }) => state.status))).toEqual(new Set(['inactive']));
  });

  it('tells of each change once', () => {
    const book = bookOf();
    const lacks = { ...WELL, missingIndexes: 2 };
    expect(book.evaluate(lacks, 5_000)).toMatchObject([
      { rule: { name: 'indexes-missing' }, state: 'firing', value: 2, atMs: 5_000 },
    ]);
    expect(book.evaluate(lacks, 10_000)).toEqual([]);
    expect(namesOf(book.evaluate(WELL, 15_000))).toEqual(['indexes-missing resolved']);
    expect(book.evaluate(WELL, 20_000)).toEqual([]);
    expect(namesOf(book.changes)).toEqual(['indexes-missing resolved', 'indexes-missing firing']);
  });

  it('tells of nothing that is only pending', () => {
    const book = bookOf();
    expect(book.evaluate({ ...WELL, heapShare: 0.9 }, 5_000)).toEqual([]);
    expect(book.alerts.find(({ rule }) => rule.name === 'heap-nearly-full')).toMatchObject({
      state: { status: 'pending', sinceMs: 5_000 },
      value: 0.9,
    });
  });

  it('keeps the latest fifty changes', () => {
    const book = bookOf();
    for (let n = 0; n < 60; n += 1) book.evaluate(n % 2 === 0 ? { ...WELL, missingIndexes: n + 1 } : WELL, 5_000 * n);
    expect(book.changes).toHaveLength(50);
    expect([book.changes[0]?.atMs, book.changes.at(-1)?.atMs]).toEqual([295_000, 50_000]);
  });

  it.each(Object.entries(WRONG))('%s fires alone when it lasts', (name, values) => {
    const book = bookOf();
    for (let second = 0; second <= 300; second += 5) book.evaluate({ ...WELL, ...values }, 1_000 * second);
    expect(namesOf(book.changes)).toEqual([`${name} firing`]);
  });

  it.each([
    ['a single request that failed', { requestErrorShare: 1, requestErrorShare5m: 1, requestsPerSecond: 0.02 }],
    ['a single request that was slow', { requestP99Ms: 60_000, requestsPerSecond: 0.02 }],
    ['a single query that was slow', { slowQueryShare: 1, queriesPerSecond: 0.02 }],
    ['a load of writes alone', { cacheHitShare: 0, requestsPerSecond: 500 }],
  ])('does not mind %s', (_, values) => {
    const book = bookOf();
    for (let second = 0; second <= 600; second += 5) book.evaluate({ ...WELL, ...values }, 1_000 * second);
    expect(book.changes).toEqual([]);
  });

  it('has no rule that is not tried here', () => {
    expect(DEFAULT_ALERT_RULES.map(({ name }) => name)).toEqual(Object.keys(WRONG));
  });
});
