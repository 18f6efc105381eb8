import { describe, expect, it } from '@jest/globals';
import { ObjectId } from 'mongodb';
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

it('a key, a token and an organization never share a name', () => {
  const names = [{ digest: 'x' }, { keyId: 'x' }, { organizationId: 'x' }].map(lookupName);
  expect(new Set(names).size).toBe(3);
});
