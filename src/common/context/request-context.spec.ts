import { describe, expect, it } from '@jest/globals';
import { ClientGone, Deadline } from '../resilience/deadline.js';
import { platformPrincipal } from './principal.js';
import {
  currentDeadline,
  currentPrincipal,
  newContext,
  requestContext,
  runInContext,
  runShared,
} from './request-context.js';

const principal = platformPrincipal('admin', 'key 1');

/** Work for a request that has so long, of so long that it is allowed. */
async function within<T>(deadline: Deadline | undefined, work: () => Promise<T>): Promise<T> {
  return runInContext(newContext('request 1', principal, false, deadline), work).finally(() => deadline?.end());
}

describe('work that others may come to wait for', () => {
  it('has all the time that its kind is allowed, whatever hurry its request is in', async () => {
    const hurried = new Deadline(performance.now() + 50, 30_000);
    const left = await within(hurried, () =>
      runShared(new AbortController().signal, async () => currentDeadline()?.leftMs ?? 0),
    );
    expect([left > 25_000, left <= 30_000]).toEqual([true, true]);
  });

  it('goes on when the request that began it has gone', async () => {
    const own = Deadline.in(1_000);
    const signal = await within(own, () =>
      runShared(new AbortController().signal, async () => {
        own.cancel(new ClientGone());
        return currentDeadline()?.signal.aborted;
      }),
    );
    expect(signal).toBe(false);
  });

  it('ends when nobody waits any more', async () => {
    const wanted = new AbortController();
    const reason = await within(Deadline.in(1_000), () =>
      runShared(wanted.signal, async () => {
        wanted.abort(new ClientGone());
        return currentDeadline()?.signal.reason;
      }),
    );
    expect(reason).toBeInstanceOf(ClientGone);
  });

  it('is done for the same request otherwise', async () => {
    const seen = await within(undefined, () =>
      runShared(new AbortController().signal, async () => [requestContext().correlationId, currentPrincipal()]),
    );
    expect(seen).toEqual(['request 1', principal]);
  });

  it('leaves the request its own deadline', async () => {
    const own = Deadline.in(1_000);
    const after = await within(own, async () => {
      await runShared(new AbortController().signal, async () => undefined);
      return currentDeadline();
    });
    expect(after).toBe(own);
  });

  it('has half a minute where no request asks', async () => {
    const left = await within(undefined, () =>
      runShared(new AbortController().signal, async () => currentDeadline()?.allowedMs),
    );
    expect(left).toBe(30_000);
  });
});

it('there is no deadline where nobody asks', () => {
  expect(currentDeadline()).toBeUndefined();
});
