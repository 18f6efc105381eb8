import { describe, expect, it } from '@jest/globals';
import { MonitoredQuery } from './query-monitor.js';
import { SlowQueryLog, slowQueryLine } from './slow-query-log.js';

const query = () => new MonitoredQuery({ kind: 'find', collection: 'clinics', text: 'find clinics {code: ?}' });

it('of a shape one is told of each minute, with how many were left out since', () => {
  let now = 0;
  const log = new SlowQueryLog(() => now);
  const [one, other] = [query(), query()];
  expect([1, 2, 3].map(() => log.admit(one))).toEqual([0, undefined, undefined]);
  expect(log.admit(other)).toBe(0);
  now = 59_999;
  expect(log.admit(one)).toBeUndefined();
  now = 60_000;
  expect([log.admit(one), log.admit(one)]).toEqual([3, undefined]);
  now = 120_000;
  expect(log.admit(one)).toBe(1);
});

describe('a line', () => {
  const slow = { at: new Date(), ms: 231.44, correlationId: 'asks-1', by: 'GET /api/v1/clinics/:id' };

  it('tells what was slow, for whom, and why', () => {
    const scanning = query();
    scanning.plan = {
      at: new Date(),
      stages: ['LIMIT', 'COLLSCAN'],
      indexes: [],
      ...{ keysExamined: 0, docsExamined: 495, returned: 1, scans: true, sortsInMemory: false },
    };
    expect(slowQueryLine(scanning, slow, 0)).toBe(
      'slow: find clinics {code: ?} took 231.4 ms for GET /api/v1/clinics/{id} (asks-1): scans, LIMIT < COLLSCAN by no index, 0 keys and 495 documents examined for 1',
    );
  });

  it('tells why there is no plan, and how many more there were', () => {
    const unknown = query();
    unknown.planError = 'MaxTimeMSExpired';
    expect(slowQueryLine(unknown, { at: new Date(), ms: 7 }, 12)).toBe(
      'slow: find clinics {code: ?} took 7.0 ms: no plan: MaxTimeMSExpired; 12 more of its shape were slow since the last line',
    );
  });
});
