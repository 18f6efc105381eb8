import { afterEach, describe, expect, it } from '@jest/globals';
import type { FastifyRequest } from 'fastify';
import { ObjectId } from 'mongodb';
import { organizationPrincipal, type Principal, platformPrincipal } from '../../common/context/principal.js';
import { Overloaded } from '../../common/resilience/unavailable.js';
import { parseConfiguration } from '../../config/configuration.js';
import type { Access } from './access.decorators.js';
import { LoadShedder } from './load-shedder.js';

const LIMIT_MS = 100;
const made: LoadShedder[] = [];
afterEach(() => {
  for (const shedder of made.splice(0)) shedder.onApplicationShutdown();
});

function shedder(): LoadShedder {
  const environment = { MONGODB_URI: 'mongodb://h', REDIS_URL: 'redis://h', SHED_EVENT_LOOP_DELAY_MS: '0' };
  const one = new LoadShedder(parseConfiguration(environment));
  made.push(one);
  return one;
}

const ask = (one: LoadShedder, tenant: string, count: number, method = 'GET') => {
  for (let n = 0; n < count; n += 1) one.admit(tenant, method);
};

const refuses = (one: LoadShedder, tenant: string, method = 'GET'): boolean => {
  try {
    one.admit(tenant, method);
    return false;
  } catch (error) {
    if (error instanceof Overloaded) return true;
    throw error;
  }
};

describe('while the event loop is behind', () => {
  it('reads of the organizations that ask most are refused, those of others are not', () => {
    const one = shedder();
    ask(one, 'heavy', 80);
    ask(one, 'light', 10);
    ask(one, 'quiet', 10);
    one.sample({ delayMs: LIMIT_MS + 1, heapShare: 0 }, LIMIT_MS);
    expect(['heavy', 'light', 'quiet', 'new'].map((tenant) => refuses(one, tenant))).toEqual([
      true,
      false,
      false,
      false,
    ]);
    expect(refuses(one, 'heavy', 'HEAD')).toBe(true);
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])('a %s is never refused', (method) => {
    const one = shedder();
    ask(one, 'heavy', 10);
    one.sample({ delayMs: LIMIT_MS + 1, heapShare: 0 }, LIMIT_MS);
    expect(refuses(one, 'heavy', method)).toBe(false);
  });

  it('nobody is singled out where all ask alike', () => {
    const one = shedder();
    for (const tenant of ['a', 'b', 'c']) ask(one, tenant, 10);
    one.sample({ delayMs: LIMIT_MS + 1, heapShare: 0 }, LIMIT_MS);
    expect(['a', 'b', 'c'].some((tenant) => refuses(one, tenant))).toBe(false);
  });

  it('who asks alone is the heaviest', () => {
    const one = shedder();
    ask(one, 'only', 1);
    one.sample({ delayMs: LIMIT_MS + 1, heapShare: 0 }, LIMIT_MS);
    expect(refuses(one, 'only')).toBe(true);
  });

  it('a refusal says when to come again', () => {
    const one = shedder();
    ask(one, 'heavy', 10);
    one.sample({ delayMs: LIMIT_MS + 1, heapShare: 0 }, LIMIT_MS);
    expect(() => one.admit('heavy', 'GET')).toThrow(expect.objectContaining({ retryAfterSeconds: 1 }));
  });
});

it('nobody is refused at the limit or below it, and no longer than the load lasts', () => {
  const one = shedder();
  ask(one, 'heavy', 10);
  one.sample({ delayMs: LIMIT_MS, heapShare: 0 }, LIMIT_MS);
  expect(refuses(one, 'heavy')).toBe(false);
  one.sample({ delayMs: LIMIT_MS + 1, heapShare: 0 }, LIMIT_MS);
  expect(refuses(one, 'heavy')).toBe(true);
  one.sample({ delayMs: LIMIT_MS - 1, heapShare: 0 }, LIMIT_MS);
  expect(refuses(one, 'heavy')).toBe(false);
});

describe.each([
  ['the event loop is far behind', { delayMs: 4 * LIMIT_MS + 1, heapShare: 0 }],
  ['the heap is nearly full', { delayMs: 0, heapShare: 0.93 }],
])('while %s', (_, sample) => {
  it.each(['GET', 'POST', 'DELETE'])('every %s is refused, of whomever', (method) => {
    const one = shedder();
    one.sample(sample, LIMIT_MS);
    expect(refuses(one, 'light', method)).toBe(true);
    expect(() => one.admit(undefined, method)).toThrow(Overloaded);
    expect(one.state).toEqual({ refusesAll: true, refusedTenants: 0, refused: 2 });
  });

  it('and no longer', () => {
    const one = shedder();
    one.sample(sample, LIMIT_MS);
    one.sample({ delayMs: 0, heapShare: 0 }, LIMIT_MS);
    expect(refuses(one, 'light')).toBe(false);
    expect(one.state.refusesAll).toBe(false);
  });
});

it('a heap that is used well is no reason to refuse anybody', () => {
  const one = shedder();
  one.sample({ delayMs: 0, heapShare: 0.9 }, LIMIT_MS);
  expect(refuses(one, 'light', 'POST')).toBe(false);
});

it('a platform key is not singled out, however much it asks', () => {
  const one = shedder();
  for (let n = 0; n < 100; n += 1) one.admit(undefined, 'GET');
  ask(one, 'light', 1);
  one.sample({ delayMs: LIMIT_MS + 1, heapShare: 0 }, LIMIT_MS);
  expect(() => one.admit(undefined, 'GET')).not.toThrow();
});

describe('the hook of a route', () => {
  const reads: Access = { scope: 'directory:read', platform: false };
  const organizationId = new ObjectId();
  const member = organizationPrincipal('viewer', 'key 1', organizationId);

  /** What a request under the hook comes to: an error, or null when it may go on. */
  const passes = (one: LoadShedder, principal: Principal | null, method = 'GET'): unknown => {
    const hook = one.of({ access: reads });
    if (hook === undefined) throw new Error('There is no hook');
    let outcome: unknown = 'never answered';
    const request = { principal, method } as unknown as FastifyRequest;
    Reflect.apply(hook, undefined, [request, {}, (error?: Error) => (outcome = error ?? null)]);
    return outcome;
  };

  it.each<[string, { readonly access?: Access }]>([
    ['that says nothing, such as a probe', {}],
    ['for the public', { access: 'public' }],
    ['for operators', { access: { scope: 'ops:read', platform: true } }],
  ])('does not exist for a route %s', (_, config) => {
    expect(shedder().of(config)).toBeUndefined();
  });

  it('lets requests pass while there is no load', () => {
    expect(passes(shedder(), member)).toBeNull();
  });

  it('counts requests for their organization, and refuses them for it', () => {
    const one = shedder();
    for (let n = 0; n < 10; n += 1) passes(one, member);
    one.sample({ delayMs: LIMIT_MS + 1, heapShare: 0 }, LIMIT_MS);
    expect([passes(one, member), passes(one, member, 'POST')]).toEqual([new Overloaded(), null]);
    expect(refuses(one, organizationId.toHexString())).toBe(true);
  });

  it.each([
    ['the platform', platformPrincipal('admin', 'key 2')],
    ['nobody', null],
  ])('refuses %s with all others', (_, principal) => {
    const one = shedder();
    expect(passes(one, principal)).toBeNull();
    one.sample({ delayMs: 0, heapShare: 1 }, LIMIT_MS);
    expect(passes(one, principal)).toEqual(new Overloaded());
  });
});
