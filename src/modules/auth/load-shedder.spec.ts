import { afterEach, describe, expect, it } from '@jest/globals';
import { Problem } from '../../common/problems/problems.js';
import { parseConfiguration } from '../../config/configuration.js';
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
    if (error instanceof Problem && error.kind === 'overloaded') return true;
    throw error;
  }
};

describe('while the event loop is behind', () => {
  it('reads of the organizations that ask most are refused, those of others are not', () => {
    const one = shedder();
    ask(one, 'heavy', 80);
    ask(one, 'light', 10);
    ask(one, 'quiet', 10);
    one.sample(LIMIT_MS + 1, LIMIT_MS);
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
    one.sample(LIMIT_MS + 1, LIMIT_MS);
    expect(refuses(one, 'heavy', method)).toBe(false);
  });

  it('nobody is singled out where all ask alike', () => {
    const one = shedder();
    for (const tenant of ['a', 'b', 'c']) ask(one, tenant, 10);
    one.sample(LIMIT_MS + 1, LIMIT_MS);
    expect(['a', 'b', 'c'].some((tenant) => refuses(one, tenant))).toBe(false);
  });

  it('who asks alone is the heaviest', () => {
    const one = shedder();
    ask(one, 'only', 1);
    one.sample(LIMIT_MS + 1, LIMIT_MS);
    expect(refuses(one, 'only')).toBe(true);
  });

  it('a refusal says when to come again', () => {
    const one = shedder();
    ask(one, 'heavy', 10);
    one.sample(LIMIT_MS + 1, LIMIT_MS);
    expect(() => one.admit('heavy', 'GET')).toThrow(
      expect.objectContaining({ details: { headers: { 'retry-after': '1' } } }),
    );
  });
});

it('nobody is refused at the limit or below it, and no longer than the load lasts', () => {
  const one = shedder();
  ask(one, 'heavy', 10);
  one.sample(LIMIT_MS, LIMIT_MS);
  expect(refuses(one, 'heavy')).toBe(false);
  one.sample(LIMIT_MS + 1, LIMIT_MS);
  expect(refuses(one, 'heavy')).toBe(true);
  one.sample(LIMIT_MS - 1, LIMIT_MS);
  expect(refuses(one, 'heavy')).toBe(false);
});
