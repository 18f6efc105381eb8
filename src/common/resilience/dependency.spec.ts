import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { ClientGone, DeadlineExceeded } from './deadline.js';
import { Dependency, STATE_CHANGES, type StateChange } from './dependency.js';
import { Unavailable } from './unavailable.js';

class Away extends Error {}
const isAway = (error: unknown): boolean => error instanceof Away;
const duplicateKey = new Error('duplicate key');

let dependency: Dependency;
let changes: StateChange[];
const heard = (change: unknown) => changes.push(change as StateChange);

// The time until half-open is opossum's, which takes no clock.
beforeEach(() => {
  jest.useFakeTimers();
  changes = [];
  subscribe(STATE_CHANGES.name, heard);
  dependency = new Dependency('mongodb', isAway);
});
afterEach(() => {
  unsubscribe(STATE_CHANGES.name, heard);
  dependency.stop();
  jest.useRealTimers();
});

const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);

const succeed = () => dependency.run(async () => 'done');
const failWith = async (error: Error): Promise<unknown> => {
  const [outcome] = await Promise.allSettled([dependency.run(() => Promise.reject(error))]);
  return outcome?.status === 'rejected' ? outcome.reason : undefined;
};
const fail = async (times: number): Promise<void> => {
  for (let n = 0; n < times; n += 1) await failWith(new Away('no server'));
};

/** Work that ends when the test says so. */
function begin(canLeave?: () => boolean) {
  const work = Promise.withResolvers<string>();
  const outcome = dependency.run(() => work.promise, canLeave);
  outcome.catch(() => undefined);
  return { ...work, outcome };
}

/** It has failed, is answered by a ping at once, and fails again. */
const relapse = async (): Promise<void> => {
  dependency.answered();
  await fail(5);
};

/** After how many ms a ping is believed. */
async function believedAfterMs(): Promise<number> {
  for (let ms = 0; ms <= 120_000; ms += 500) {
    dependency.answered();
    if (dependency.state === 'closed') return ms;
    await pass(500);
  }
  throw new Error('Never believed');
}

describe('a dependency opens', () => {
  it('at the fifth failure in a row, not before', async () => {
    await fail(4);
    expect(dependency.state).toBe('closed');
    await fail(1);
    expect(dependency.state).toBe('open');
  });

  it.each([
    ['a success', succeed],
    ['an error that is an answer', () => failWith(duplicateKey)],
  ])('not where %s came in between, which is counted from', async (_, answer) => {
    await fail(4);
    await answer();
    await fail(4);
    expect(dependency.state).toBe('closed');
    await fail(1);
    expect(dependency.state).toBe('open');
  });

  it('never at errors that are answers, whatever happens in between', async () => {
    const events = fc.array(fc.constantFrom('answer', 'failure', 'success', 'left'), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(events, async (happens) => {
        const one = new Dependency('mongodb', isAway);
        let inARow = 0;
        for (const event of happens) {
          if (one.state === 'open') break;
          const error = { answer: duplicateKey, failure: new Away(), success: undefined, left: new ClientGone() }[
            event
          ];
          await Promise.allSettled([one.run(async () => (error === undefined ? 'done' : Promise.reject(error)))]);
          // Who has left has heard nothing: that is neither.
          if (event !== 'left') inARow = event === 'failure' ? inARow + 1 : 0;
          expect(one.state).toBe(inARow >= 5 ? 'open' : 'closed');
        }
        one.stop();
      }),
    );
  });

  it('when it is silent, whatever work says', async () => {
    await succeed();
    dependency.silent('no answer within 1500 ms');
    expect([dependency.state, dependency.counts.cause]).toEqual(['open', 'no answer within 1500 ms']);
  });
});

describe('an error', () => {
  it('that is an answer comes as it is', async () => {
    expect(await failWith(duplicateKey)).toBe(duplicateKey);
  });

  it('that says that the dependency is away comes as what it means, with its cause', async () => {
    const error = new Away('connection reset');
    expect(await failWith(error)).toMatchObject({ name: 'Unavailable', dependency: 'mongodb', cause: error });
  });

  it('that is thrown before anything is waited for is no other', async () => {
    const work = () => {
      throw duplicateKey;
    };
    await expect(dependency.run(work)).rejects.toBe(duplicateKey);
  });
});

describe('while it is open', () => {
  beforeEach(() => fail(5));

  it('work is refused at once and not begun', async () => {
    const work = jest.fn(async () => 'done');
    await expect(dependency.run(work)).rejects.toEqual(new Unavailable('mongodb', 2));
    expect(() => dependency.assertAvailable()).toThrow(Unavailable);
    expect(work).not.toHaveBeenCalled();
  });

  it('a refusal says what is away and when to try again', async () => {
    await expect(succeed()).rejects.toMatchObject({ dependency: 'mongodb', retryAfterSeconds: 2 });
  });

  it('refusals are counted, and are no failures', async () => {
    await Promise.allSettled([succeed(), succeed()]);
    expect(dependency.counts).toMatchObject({ failures: 5, rejected: 2, opened: 1, inFlight: 0 });
  });

  it('an answered ping closes it at once', async () => {
    dependency.answered();
    expect(await succeed()).toBe('done');
  });

  it('and closed again, it takes five failures again', async () => {
    dependency.answered();
    await fail(4);
    expect(dependency.state).toBe('closed');
  });

  it('one call is let through after a minute', async () => {
    await pass(59_999);
    expect(dependency.state).toBe('open');
    await pass(1);
    expect(dependency.state).toBe('half-open');
    const trial = begin();
    await expect(succeed()).rejects.toBeInstanceOf(Unavailable);
    trial.resolve('done');
    expect(await trial.outcome).toBe('done');
    expect([dependency.state, await succeed()]).toEqual(['closed', 'done']);
  });

  it('a trial that gets an answer closes it, even one that is an error', async () => {
    await pass(60_000);
    expect(await failWith(duplicateKey)).toBe(duplicateKey);
    expect(dependency.state).toBe('closed');
  });

  it('a trial that fails opens it for another minute', async () => {
    await pass(60_000);
    await fail(1);
    expect(dependency.state).toBe('open');
    await pass(59_999);
    expect(dependency.state).toBe('open');
    await pass(1);
    expect(dependency.state).toBe('half-open');
  });

  it('a trial that fails opens it also where silence had opened it before', async () => {
    dependency.answered();
    await succeed();
    dependency.silent('no answer');
    await pass(60_000);
    await failWith(new Away('not yet'));
    expect([dependency.state, dependency.counts.cause]).toEqual(['open', 'not yet']);
  });

  it.each([new DeadlineExceeded(), new ClientGone()])(
    'a trial whose client has left ($name) proves nothing, and another one is made',
    async (left) => {
      await pass(60_000);
      expect(await failWith(left)).toBe(left);
      expect(dependency.state).toBe('open');
      await pass(60_000);
      expect([await succeed(), dependency.state]).toEqual(['done', 'closed']);
    },
  );
});

describe('work in flight when it opens', () => {
  it('is left at once', async () => {
    const hanging = begin();
    await fail(5);
    await expect(hanging.outcome).rejects.toEqual(new Unavailable('mongodb', 2));
    expect(dependency.counts.inFlight).toBe(0);
  });

  it('is left when pings are not answered, too', async () => {
    const hanging = begin();
    dependency.silent('no answer');
    await expect(hanging.outcome).rejects.toBeInstanceOf(Unavailable);
  });

  it('is waited for where it cannot be left at this moment, and gives its result', async () => {
    let committing = false;
    const write = begin(() => !committing);
    committing = true;
    await fail(5);
    expect(dependency.counts.inFlight).toBe(1);
    write.resolve('committed');
    expect(await write.outcome).toBe('committed');
  });

  it('is nobody’s concern any more', async () => {
    const hanging = begin();
    await fail(5);
    hanging.reject(new Away('much later'));
    await pass(0);
    expect(dependency.counts.failures).toBe(5);
  });
});

describe('after a relapse', () => {
  it('a ping is believed later each time: 1 s, 2 s, 4 s, up to a minute', async () => {
    await fail(5);
    expect(await believedAfterMs()).toBe(0);
    const doubted: number[] = [];
    for (let n = 0; n < 8; n += 1) {
      await fail(5);
      doubted.push(await believedAfterMs());
    }
    expect(doubted).toEqual([1_000, 2_000, 4_000, 4_000, 4_000, 4_000, 4_000, 4_000]);
  });

  it('a ping is believed at once again when it has been well for half a minute', async () => {
    await fail(5);
    await relapse();
    await believedAfterMs();
    await pass(30_000);
    await fail(5);
    expect(await believedAfterMs()).toBe(0);
  });

  it('and half a minute of being well, a silence has it doubted no more either', async () => {
    await fail(5);
    await relapse();
    await believedAfterMs();
    await pass(30_000);
    dependency.silent('no answer');
    expect(await believedAfterMs()).toBe(0);
  });

  it('a silence does not make it trusted', async () => {
    await fail(5);
    await relapse();
    await believedAfterMs();
    dependency.silent('no answer');
    expect(await believedAfterMs()).toBe(1_000);
  });
});

describe('calls from before a change say nothing of what is now', () => {
  it('many that fail together open it once, and it is half-open in time (opossum #385)', async () => {
    const calls = Array.from({ length: 20 }, () => begin());
    for (const { reject } of calls) reject(new Away('reset'));
    await Promise.allSettled(calls.map(({ outcome }) => outcome));
    await pass(0);
    expect([dependency.state, dependency.counts.opened]).toEqual(['open', 1]);
    await pass(60_000);
    expect(dependency.state).toBe('half-open');
  });

  it('a late success does not close it while it is half-open (opossum #381)', async () => {
    const early = begin(() => false);
    await fail(5);
    await pass(60_000);
    early.resolve('late');
    expect(await early.outcome).toBe('late');
    expect(dependency.state).toBe('half-open');
  });

  it('late failures do not open it again', async () => {
    const early = Array.from({ length: 20 }, () => begin());
    await fail(5);
    dependency.answered();
    for (const { reject } of early) reject(new Away('timed out'));
    await pass(0);
    expect(dependency.state).toBe('closed');
  });

  it('a late failure does not end the trial', async () => {
    const early = begin();
    await fail(5);
    await pass(60_000);
    const trial = begin();
    early.reject(new Away('timed out'));
    await pass(0);
    trial.resolve('done');
    await trial.outcome;
    expect(dependency.state).toBe('closed');
  });

  it('a late answer that is an error comes as it is', async () => {
    const early = begin(() => false);
    await fail(5);
    early.reject(duplicateKey);
    await expect(early.outcome).rejects.toBe(duplicateKey);
  });
});

describe('a trial that never ends does not leave it stuck (opossum #276)', () => {
  beforeEach(async () => {
    await fail(5);
    await pass(60_000);
    begin();
  });

  it('as an answered ping closes it', async () => {
    dependency.answered();
    expect(await succeed()).toBe('done');
  });

  it('as silence opens it, with another trial a minute later', async () => {
    dependency.silent('no answer');
    expect(dependency.state).toBe('open');
    await pass(60_000);
    expect(await succeed()).toBe('done');
  });
});

it('changes are told to whoever wants to know, each once, with the cause of an opening', async () => {
  await fail(5);
  dependency.silent('not news');
  await pass(60_000);
  await succeed();
  dependency.answered();
  expect(changes.map(({ of, state, cause }) => [of.name, state, cause])).toEqual([
    ['mongodb', 'open', 'no server'],
    ['mongodb', 'half-open', undefined],
    ['mongodb', 'closed', undefined],
  ]);
});

it.each(['closed', 'open'] as const)('stopped while %s, it leaves no timer', async (state) => {
  await fail(state === 'open' ? 5 : 0);
  dependency.stop();
  expect(jest.getTimerCount()).toBe(0);
});
