import { beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { type Level, LogLevels } from './log-levels.js';
import { type RequestFields, ServiceLogger } from './service-logger.js';

const lines: string[] = [];
const output = { write: (line: string) => void lines.push(line), flush: async () => undefined };
let request: RequestFields;
beforeEach(() => {
  lines.length = 0;
  request = {};
});

const at = (level: Level) =>
  new ServiceLogger({ json: true, level, fields: () => request, levels: new LogLevels(), output });
const told = () => lines.map((line) => JSON.parse(line));

describe('a line', () => {
  it('says when, how severe, who, and what', () => {
    at('log').log('listening on http://127.0.0.1:3017', 'Service');
    expect(told()).toEqual([
      {
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        ...{ level: 'info', context: 'Service', msg: 'listening on http://127.0.0.1:3017' },
      },
    ]);
    expect(lines[0]).toMatch(/^\{.*\}\n$/);
  });

  it('names the request that it was written for, and its trace', () => {
    request = { correlationId: 'c-1', traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };
    at('log').warn('slow', 'Queries');
    expect(told()).toMatchObject([request]);
  });

  it('names the request that it is given, where it is given one', () => {
    request = { correlationId: 'of another' };
    at('log').error({ correlationId: 'c-2' }, undefined, 'Problem');
    at('log').error({ correlationId: undefined }, undefined, 'Problem');
    expect(told().map(({ correlationId }) => correlationId)).toEqual(['c-2', 'of another']);
  });

  it('keeps its own level and time, whatever an object says', () => {
    at('log').log({ level: 'gold', time: 1, context: 'x', count: 3 }, 'Organizations');
    expect(told()).toMatchObject([{ level: 'info', context: 'Organizations', count: 3, level_: 'gold', time_: 1 }]);
  });
});

describe('an error', () => {
  const error = Object.assign(new TypeError('x is not a function', { cause: new Error('why') }), { code: 'E1' });

  it.each<[string, readonly [unknown, ...unknown[]]]>([
    ['by itself', [error]],
    ['by itself, of a context', [error, undefined, 'Problem']],
    ['in an object', [{ err: error }, undefined, 'Problem']],
    ['in an object under another name', [{ error }, 'Problem']],
    ['after a text', ['failed', error, 'Problem']],
  ])('that is given %s has its stack and its cause', (_, [message, ...rest]) => {
    at('log').error(message, ...rest);
    const [{ err, msg }] = told();
    const cause = { type: 'Error', message: 'why', stack: expect.stringContaining('\n    at ') };
    expect(err).toEqual({ type: 'TypeError', message: error.message, code: 'E1', stack: error.stack, cause });
    expect(msg).toBe(message === 'failed' ? 'failed' : error.message);
  });

  it.each<[string, readonly [unknown, ...unknown[]]]>([
    ['in an object with the id of its request', [{ correlationId: 'c-3', error: error.stack }, undefined, 'Problem']],
    ['after a text', ['failed', error.stack]],
    ['alone', [error.stack, 'Problem']],
  ])('of which the stack is given %s is told as any other', (_, [message, ...rest]) => {
    at('log').error(message, ...rest);
    expect(told()).toMatchObject([{ err: { type: 'TypeError', message: error.message, stack: error.stack } }]);
    expect(told()[0]).not.toHaveProperty('error');
  });

  it('that is its own cause, or has many, is told as far as it makes sense', () => {
    const circle: Error & { record?: object } = new Error('round');
    circle.cause = new AggregateError(Array.from({ length: 99 }, () => circle));
    circle.record = { firstName: 'Zoë' };
    at('log').error(Object.freeze(circle));
    expect(lines[0]).not.toContain('Zoë');
    expect(told()[0].err.cause.errors).toHaveLength(10);
  });
});

describe('what is written', () => {
  const all = (logger: ServiceLogger) => {
    for (const level of ['fatal', 'error', 'warn', 'log', 'debug', 'verbose'] as const) logger[level](level, 'X');
    return told().map(({ level, msg }) => `${msg}:${level}`);
  };
  const every = ['fatal:fatal', 'error:error', 'warn:warn', 'log:info', 'debug:debug', 'verbose:trace'];

  it.each<[Level, number]>([
    ['error', 2],
    ['warn', 3],
    ['log', 4],
    ['debug', 5],
    ['verbose', 6],
  ])('at level %s is all that is as severe', (level, count) => {
    expect(all(at(level))).toEqual(every.slice(0, count));
  });

  it.each(['NestFactory', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer'])(
    'of %s is for debugging',
    (context) => {
      at('log').log('Mapped {/clinics, GET} route', context);
      at('log').warn('odd', context);
      expect(told().map(({ msg }) => msg)).toEqual(['odd']);
      at('debug').log('Mapped {/clinics, GET} route', context);
      expect(lines).toHaveLength(2);
    },
  );

  it("comes the same through Nest's own loggers", () => {
    Logger.overrideLogger(at('log'));
    new Logger('Cache').warn('away');
    Logger.error('cut off: 1 connection', 'Service');
    Logger.overrideLogger(true);
    expect(told()).toMatchObject([
      { level: 'warn', context: 'Cache', msg: 'away' },
      { level: 'error', context: 'Service', msg: 'cut off: 1 connection' },
    ]);
  });
});

it.each<[string, unknown]>([
  [
    'a member that throws',
    {
      get broken() {
        throw new Error('no');
      },
    },
  ],
  [
    'a circle',
    (() => {
      const round: { self?: object } = {};
      round.self = round;
      return { round };
    })(),
  ],
  ['a large integer', { count: 10n }],
  ['a symbol', Symbol('x')],
  ['nothing', undefined],
  ['null', null],
])('%s ends no request: there is a line all the same', (_, message) => {
  expect(() => at('log').log(message, 'X')).not.toThrow();
  expect(told()).toMatchObject([{ context: 'X' }]);
});
