import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { type Level, LogLevels } from './log-levels.js';
import { RequestLog } from './request-log.js';
import { ServiceLogger } from './service-logger.js';

let levels: LogLevels;
let log: RequestLog;
const lines: string[] = [];
beforeEach(() => {
  lines.length = 0;
  levels = new LogLevels();
  log = new RequestLog(levels);
  const output = { write: (line: string) => void lines.push(line), flush: async () => undefined };
  Logger.overrideLogger(new ServiceLogger({ json: true, level: 'log', levels, output }));
});
afterAll(() => Logger.overrideLogger(true));

const request = {
  method: 'GET',
  route: '/api/v1/clinics/{id}',
  status: 200,
  ms: 12.3456,
  bytes: 812,
  queries: 1,
  correlationId: '907-555-0101',
  cache: 'MISS',
  principal: 'tenant',
};
const told = () => lines.map((line) => JSON.parse(line));

it('a request is one line, with all that it cost', () => {
  log.line(request);
  expect(told()).toEqual([
    {
      ...{ level: 'info', time: expect.any(String), context: 'Requests' },
      ...request,
      ms: 12.35,
      msg: 'GET /api/v1/clinics/{id} 200',
    },
  ]);
});

it('a request that the service has failed is an error, with its cause', () => {
  log.line({ ...request, status: 503, error: new Error('away', { cause: new Error('10.0.0.1 closed') }) });
  log.line({ ...request, status: 404 });
  expect(told()).toMatchObject([
    { level: 'error', msg: 'GET /api/v1/clinics/{id} 503', err: { cause: { message: '10.0.0.1 closed' } } },
    { level: 'info', status: 404 },
  ]);
});

describe('an answer from memory', () => {
  it('is told at debug alone', () => {
    log.line({ ...request, cache: 'HIT' }, true);
    expect(told()).toEqual([]);
    levels.set({ level: 'debug', context: 'Requests', forMs: null });
    log.line({ ...request, cache: 'HIT' }, true);
    expect(told()).toMatchObject([{ level: 'debug', cache: 'HIT' }]);
  });
});

it('a probe is told at debug alone, also of a process that is stopping', () => {
  const probe = { ...request, route: '/readyz', status: 503 };
  log.line(probe);
  log.line({ ...probe, status: 200 });
  expect(told()).toEqual([]);
  levels.configure('debug');
  log.line(probe);
  expect(told()).toMatchObject([{ level: 'debug', status: 503 }]);
});

it.each<[Level, boolean, boolean, boolean]>([
  ['error', false, false, true],
  ['warn', false, false, true],
  ['log', false, true, true],
  ['debug', true, true, true],
])('at level %s it is known before whether a line would be written', (level, hit, other, failed) => {
  levels.configure(level);
  expect([log.enabledFor(true), log.enabledFor(false), log.enabledFor(true, 500)]).toEqual([hit, other, failed]);
});
