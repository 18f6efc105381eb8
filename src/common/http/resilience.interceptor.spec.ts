import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ExecutionContext } from '@nestjs/common';
import { createConnection } from 'mongoose';
import { EMPTY, from, lastValueFrom, NEVER, of, throwError } from 'rxjs';
import { parseConfiguration } from '../../config/configuration.js';
import { DatabaseGate } from '../database/database-gate.js';
import { ClientGone, Deadline, DeadlineExceeded } from '../resilience/deadline.js';
import { Unavailable } from '../resilience/unavailable.js';
import type { RequestDeadlines } from './request-deadline.js';
import { ResilienceInterceptor } from './resilience.interceptor.js';

const configuration = parseConfiguration({ MONGODB_URI: 'mongodb://h', REDIS_URL: 'redis://h' });

let gate: DatabaseGate;
let deadline: Deadline;
let interceptor: ResilienceInterceptor;
beforeEach(() => {
  gate = new DatabaseGate(createConnection(), configuration);
  deadline = Deadline.in(10_000);
  interceptor = new ResilienceInterceptor({ of: () => deadline } as unknown as RequestDeadlines, gate);
});
afterEach(() => {
  deadline.end();
  gate.onApplicationShutdown();
});

const SCOPED = { scope: 'directory:write', platform: false } as const;

/** What a request comes to whose handler answers so. */
async function answer(handled = of<unknown>('done'), method = 'GET', access: unknown = SCOPED) {
  const request = { method, routeOptions: { config: { access } } };
  const http = { getRequest: () => request, getResponse: () => ({}) };
  const context = { switchToHttp: () => http } as unknown as ExecutionContext;
  return lastValueFrom(interceptor.intercept(context, { handle: () => handled }));
}

describe('a request', () => {
  it('is answered as its handler answers', async () => {
    expect(await answer()).toBe('done');
  });

  it('fails as its handler fails', async () => {
    await expect(answer(throwError(() => new Error('broken')))).rejects.toThrow('broken');
  });

  it('is answered also by a handler that has nothing to say', async () => {
    expect(await answer(EMPTY)).toBeUndefined();
  });

  it.each([new DeadlineExceeded(), new ClientGone()])(
    'is answered by $name, whatever its handler waits for',
    async (reason) => {
      const waiting = expect(answer(NEVER)).rejects.toBe(reason);
      deadline.cancel(reason);
      await waiting;
    },
  );
});

describe('while the database is away', () => {
  beforeEach(() => gate.dependency.silent('no answer'));

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])('a %s is refused and not begun', async (method) => {
    let begun = false;
    const handled = from(
      (async function* () {
        begun = true;
        yield 'done';
      })(),
    );
    await expect(answer(handled, method)).rejects.toBeInstanceOf(Unavailable);
    expect(begun).toBe(false);
  });

  it.each(['GET', 'HEAD'])('a %s is handled, as it may be known', async (method) => {
    expect(await answer(undefined, method)).toBe('done');
  });

  it('what the public may do is handled, as it writes nothing', async () => {
    expect(await answer(undefined, 'POST', 'public')).toBe('done');
  });

  it('a route that does not say what it asks of callers is a write', async () => {
    await expect(answer(undefined, 'POST', undefined)).rejects.toBeInstanceOf(Unavailable);
  });
});
