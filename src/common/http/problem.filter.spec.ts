import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger, NotFoundException } from '@nestjs/common';
import { fastify } from 'fastify';
import { MongoNetworkError, MongoServerError } from 'mongodb';
import { Problem } from '../problems/problems.js';
import { ClientGone, DeadlineExceeded } from '../resilience/deadline.js';
import { Overloaded, Unavailable } from '../resilience/unavailable.js';
import { answerProblem } from './problem.filter.js';

let thrown: unknown;
const logged: unknown[] = [];
const app = fastify();
app.get('/clinics', () => Promise.reject(thrown));
app.setErrorHandler((error, request, reply) => answerProblem(error, request, reply));

beforeAll(() => {
  const note = (line: unknown) => logged.push(line);
  Logger.overrideLogger({ log: () => undefined, warn: note, error: note, fatal: note });
});
afterEach(() => {
  logged.length = 0;
});
afterAll(async () => {
  Logger.overrideLogger(true);
  await app.close();
});

async function answerTo(error: unknown) {
  thrown = error;
  const { statusCode, headers, body } = await app.inject('/clinics?search=x');
  return { status: statusCode, headers, body: JSON.parse(body) };
}

/** As Node says it. */
const aborted = Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
const serverError = (code: number) => new MongoServerError({ message: `error ${code}`, code });

describe('what is expected while something is away, slow or too much', () => {
  it.each<[string, Error, number, string, string | undefined]>([
    ['a deadline', new DeadlineExceeded(), 504, 'deadline-exceeded', undefined],
    ['an operation that MongoDB has ended for its time', serverError(50), 504, 'deadline-exceeded', undefined],
    ['a dependency that is away', new Unavailable('mongodb', 7), 503, 'service-unavailable', '7'],
    ['a connection that broke', new MongoNetworkError('closed'), 503, 'service-unavailable', '2'],
    ['a primary that has stepped down', serverError(189), 503, 'service-unavailable', '2'],
    ['a client that has gone', new ClientGone(), 503, 'service-unavailable', '2'],
    ['a client that has gone as it sent its body', aborted, 503, 'service-unavailable', '2'],
    ['too much work', new Overloaded(), 503, 'overloaded', '1'],
    ['too much work for a while', new Overloaded(30), 503, 'overloaded', '30'],
  ])('%s is told to the client and not logged', async (_, error, status, type, retryAfter) => {
    const answer = await answerTo(error);
    expect(answer).toMatchObject({ status, body: { status, type: expect.stringMatching(`[/:]${type}$`) } });
    expect([answer.headers['retry-after'], answer.headers['cache-control']]).toEqual([retryAfter, 'no-store']);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(logged).toEqual([]);
  });

  it('says nothing of what is behind the service', async () => {
    const { body } = await answerTo(new Unavailable('mongodb', 2, new MongoNetworkError('10.0.0.1:27017 closed')));
    expect(JSON.stringify(body)).not.toMatch(/mongo|10\.0\.0\.1/);
  });
});

describe('any other error', () => {
  it('that nobody expects is logged, and told without what it says', async () => {
    const { status, body } = await answerTo(new TypeError('x is not a function'));
    expect([status, JSON.stringify(body).includes('x is not')]).toEqual([500, false]);
    expect(logged).toEqual([expect.objectContaining({ route: '/clinics', err: thrown })]);
  });

  it('that is an answer of the database nobody expects is logged too', async () => {
    expect((await answerTo(serverError(27))).status).toBe(500);
    expect(logged).toHaveLength(1);
  });

  it.each([
    ['a problem', new Problem('not-found'), 404],
    ['an exception of Nest', new NotFoundException(), 404],
    ['an error of the parser', Object.assign(new Error('bad'), { statusCode: 400 }), 400],
  ])('%s is told and not logged', async (_, error, status) => {
    expect((await answerTo(error)).status).toBe(status);
    expect(logged).toEqual([]);
  });
});
