import { describe, expect, it } from '@jest/globals';
import { ObjectId } from 'mongodb';
import { Unavailable } from '../../common/resilience/unavailable.js';
import { type CredentialLookup, type CredentialState, CredentialStates, lookupName } from './credential-states.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

const stateOf = (digest: string): CredentialState => ({
  key: { id: new ObjectId(), digest, role: 'viewer', ofPlatform: true, expiresAt: undefined, revoked: false },
  organization: undefined,
});

/** States over a database whose answers are given by hand, and a clock that is set by hand. */
function setUp() {
  const clock = { now: 0 };
  const loads: {
    lookups: readonly CredentialLookup[];
    answer: (states?: [string, CredentialState][]) => void;
    fail: (error: Error) => void;
  }[] = [];
  const states = new CredentialStates(
    (lookups) =>
      new Promise((resolve, reject) => {
        loads.push({ lookups, answer: (found = []) => resolve(new Map(found)), fail: reject });
      }),
    () => clock.now,
  );
  return { clock, loads, states };
}

const lookup = { digest: 'one' };
const name = lookupName(lookup);

describe('a state', () => {
  it('is fresh for less than a second from when it was asked for, not from when it came', async () => {
    const { clock, loads, states } = setUp();
    const asked = states.ask(lookup);
    await turn();
    clock.now = 600;
    const state = stateOf('one');
    loads[0]?.answer([[name, state]]);
    expect(await asked).toBe(state);
    expect(states.fresh(name)).toBe(state);
    clock.now = 1000;
    expect(states.fresh(name)).toBeUndefined();
  });

  it('that is in use is asked for again, once, before its time is over', async () => {
    const { clock, loads, states } = setUp();
    const asked = states.ask(lookup);
    await turn();
    const state = stateOf('one');
    loads[0]?.answer([[name, state]]);
    await asked;
    clock.now = 440;
    expect(states.fresh(name)).toBe(state);
    await turn();
    expect(loads).toHaveLength(1);
    clock.now = 460;
    expect([states.fresh(name), states.fresh(name)]).toEqual([state, state]);
    await turn();
    expect(loads.slice(1).map(({ lookups }) => lookups)).toEqual([[lookup]]);
    const renewed = stateOf('one');
    loads[1]?.answer([[name, renewed]]);
    await turn();
    clock.now = 460 + 690;
    expect(states.fresh(name)).toBe(renewed);
  });

  it('that could not be asked for again ends in its time', async () => {
    const { clock, loads, states } = setUp();
    const asked = states.ask(lookup);
    await turn();
    loads[0]?.answer([[name, stateOf('one')]]);
    await asked;
    clock.now = 500;
    states.fresh(name);
    await turn();
    loads[1]?.fail(new Error('too slow'));
    await turn();
    clock.now = 690;
    expect(states.fresh(name)).toBeDefined();
    clock.now = 700;
    expect(states.fresh(name)).toBeUndefined();
  });

  it('that does not exist is null, and asked for again', async () => {
    const { loads, states } = setUp();
    const asked = states.ask(lookup);
    await turn();
    loads[0]?.answer();
    expect(await asked).toBeNull();
    expect(states.fresh(name)).toBeUndefined();
  });

  it('is forgotten at once after a change by this process', async () => {
    const { loads, states } = setUp();
    const asked = states.ask(lookup);
    await turn();
    loads[0]?.answer([[name, stateOf('one')]]);
    await asked;
    states.clear();
    expect(states.fresh(name)).toBeUndefined();
  });

  it('that was asked for before a change and comes after it is not kept', async () => {
    const { loads, states } = setUp();
    const asked = states.ask(lookup);
    await turn();
    states.clear();
    loads[0]?.answer([[name, stateOf('one')]]);
    await asked;
    expect(states.fresh(name)).toBeUndefined();
  });
});

describe('questions', () => {
  it('of one turn are one load', async () => {
    const { loads, states } = setUp();
    const asked = [states.ask(lookup), states.ask({ digest: 'two' }), states.ask(lookup)];
    await turn();
    expect(loads.map(({ lookups }) => lookups)).toEqual([[lookup, { digest: 'two' }]]);
    loads[0]?.answer([[name, stateOf('one')]]);
    expect((await Promise.all(asked)).map((state) => state?.key?.digest)).toEqual(['one', undefined, 'one']);
  });

  it('never join a load that was sent before them', async () => {
    const { loads, states } = setUp();
    const early = states.ask(lookup);
    await turn();
    const late = states.ask(lookup);
    await turn();
    expect(loads).toHaveLength(2);
    loads[0]?.answer([[name, stateOf('one')]]);
    loads[1]?.answer();
    expect([(await early)?.key?.digest, await late]).toEqual(['one', null]);
  });

  it('that come while two loads are under way are one load, once one of them has ended', async () => {
    const { loads, states } = setUp();
    const early = [states.ask(lookup)];
    await turn();
    early.push(states.ask(lookup));
    await turn();
    const late = states.ask(lookup);
    await turn();
    const later = states.ask({ digest: 'two' });
    await turn();
    expect(loads).toHaveLength(2);
    loads[1]?.fail(new Error('too slow'));
    await expect(early[1]).rejects.toThrow('too slow');
    await turn();
    expect(loads.map(({ lookups }) => lookups.length)).toEqual([1, 1, 2]);
    loads[2]?.answer([[name, stateOf('one')]]);
    expect([(await late)?.key?.digest, await later]).toEqual(['one', null]);
  });

  it('that fail fail alone', async () => {
    const { loads, states } = setUp();
    const failing = states.ask(lookup);
    await turn();
    loads[0]?.fail(new Error('the database is away'));
    await expect(failing).rejects.toThrow('away');
    const next = states.ask(lookup);
    await turn();
    loads[1]?.answer([[name, stateOf('one')]]);
    expect((await next)?.key?.digest).toBe('one');
  });
});

describe('while the database is away', () => {
  const away = new Unavailable('mongodb', 2);

  /** The state is known since the time 0. */
  async function known() {
    const all = setUp();
    const asked = all.states.ask(lookup);
    await turn();
    all.loads[0]?.answer([[name, stateOf('one')]]);
    await asked;
    return all;
  }

  /** The answer of the next question, whose load comes to this. */
  async function askAgain({ states, loads }: ReturnType<typeof setUp>, error: Error = away) {
    const asked = states.ask(lookup);
    await turn();
    loads.at(-1)?.fail(error);
    return asked;
  }

  it('what was known last is answered, for ten minutes', async () => {
    const all = await known();
    all.clock.now = 599_999;
    expect((await askAgain(all))?.key?.digest).toBe('one');
    all.clock.now = 600_000;
    await expect(askAgain(all)).rejects.toBe(away);
  });

  it('what was never known is not', async () => {
    await expect(askAgain(setUp())).rejects.toBe(away);
  });

  it('a change by this process is not forgotten', async () => {
    const all = await known();
    all.states.clear();
    await expect(askAgain(all)).rejects.toBe(away);
  });

  it('what has been found gone since is not answered', async () => {
    const all = await known();
    const asked = all.states.ask(lookup);
    await turn();
    all.loads.at(-1)?.answer();
    expect(await asked).toBeNull();
    await expect(askAgain(all)).rejects.toBe(away);
    expect(all.states.fresh(name)).toBeUndefined();
  });

  it('it is asked each time, so that what it says counts as soon as it is back', async () => {
    const all = await known();
    all.clock.now = 1_000;
    await askAgain(all);
    expect(all.states.fresh(name)).toBeUndefined();
    const asked = all.states.ask(lookup);
    await turn();
    const state = stateOf('one');
    all.loads.at(-1)?.answer([[name, state]]);
    expect(await asked).toBe(state);
  });

  it('any other failure is one', async () => {
    const all = await known();
    await expect(askAgain(all, new Error('a bug'))).rejects.toThrow('a bug');
  });
});

it('a key, a token and an organization never share a name', () => {
  const names = [{ digest: 'x' }, { keyId: 'x' }, { organizationId: 'x' }].map(lookupName);
  expect(new Set(names).size).toBe(3);
});
