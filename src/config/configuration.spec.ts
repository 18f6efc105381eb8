import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { ConfigurationError, environmentSchema, parseConfiguration } from './configuration.js';

const REQUIRED = { MONGODB_URI: 'mongodb://127.0.0.1', REDIS_URL: 'redis://127.0.0.1' };
const mistakesIn = (environment: Record<string, string>): readonly string[] => {
  try {
    parseConfiguration(environment);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.mistakes;
    throw error;
  }
  return [];
};

describe('the configuration', () => {
  it('needs MongoDB and Redis only', () => {
    expect(parseConfiguration(REQUIRED)).toMatchObject({
      production: true,
      http: { host: '0.0.0.0', port: 3017, requireIfMatch: false },
      mongodb: { database: 'enterprise', maxPoolSize: 50, minPoolSize: 5, maxIdleTimeMs: 300_000 },
    });
  });

  it('is frozen in all its parts', () => {
    const configuration = parseConfiguration(REQUIRED);
    const parts = [configuration, ...Object.values(configuration)].filter((part) => typeof part === 'object');
    expect(parts.every((part) => Object.isFrozen(part))).toBe(true);
  });

  it('takes an empty variable for one that is not set', () => {
    expect(parseConfiguration({ ...REQUIRED, PORT: '', PLATFORM_ADMIN_KEY: '' })).toEqual(parseConfiguration(REQUIRED));
  });

  it('leaves alone what it does not know', () => {
    expect(parseConfiguration({ ...REQUIRED, PATH: '/bin' })).toEqual(parseConfiguration(REQUIRED));
  });

  it.each([
    ['true', true],
    ['1', true],
    ['false', false],
    ['0', false],
  ])('takes %s for %p', (given, expected) => {
    expect(parseConfiguration({ ...REQUIRED, REQUIRE_IF_MATCH: given }).http.requireIfMatch).toBe(expected);
  });
});

describe('a mistake is told for', () => {
  it.each([
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '80.5'],
    ['PORT', '0x50'],
    ['NODE_ENV', 'staging'],
    ['MONGODB_URI', 'http://127.0.0.1'],
    ['MONGODB_DATABASE', 'a.b'],
    ['MONGODB_MAX_POOL_SIZE', '0'],
    ['REDIS_URL', '127.0.0.1:6379'],
    ['PLATFORM_ADMIN_KEY', 'short'],
    ['CURSOR_SECRET', 'short'],
    ['CURSOR_TTL_SECONDS', '59'],
    ['REQUIRE_IF_MATCH', 'yes'],
    ['LOG_LEVEL', 'silly'],
  ])('%s=%s, by its name', (name, value) => {
    const mistakes = mistakesIn({ ...REQUIRED, [name]: value });
    expect(mistakes).toEqual([expect.stringMatching(`^${name} .`)]);
  });

  it('a smallest pool that is larger than the largest', () => {
    const mistakes = mistakesIn({ ...REQUIRED, MONGODB_MIN_POOL_SIZE: '9', MONGODB_MAX_POOL_SIZE: '8' });
    expect(mistakes).toEqual([expect.stringMatching(/^MONGODB_MIN_POOL_SIZE must not exceed/)]);
  });

  it('all of them at once, in lines for the terminal', () => {
    expect(() => parseConfiguration({ PORT: 'x', LOG_LEVEL: 'silly' })).toThrow(
      /^The configuration has 4 mistakes:\n {2}- PORT must be a whole number\n {2}- MONGODB_URI is required\n/,
    );
  });

  it('without the value, which may be a secret', () => {
    expect(mistakesIn({ ...REQUIRED, PLATFORM_ADMIN_KEY: 'hunter2' }).join()).not.toContain('hunter2');
  });
});

/** A default as one would write it in the environment: a map of limits is `tier=quota,...`. */
const asText = (value: unknown): string =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.entries(value)
        .map((pair) => pair.join('='))
        .join(',')
    : String(value);

describe('.env.performance.example', () => {
  const file = readFileSync(new URL('../../.env.performance.example', import.meta.url), 'utf8');
  /** A variable is a comment and the line that sets it: commented out when it has a default or may be missing. */
  const documented = [...file.matchAll(/^# (.*)\n(#?[A-Z][A-Z0-9_]*=.*)$/gm)].map(([, about, line]) => ({
    about,
    line,
  }));
  const lines = file.match(/^#?[A-Z][A-Z0-9_]*=.*$/gm);

  it('says of every variable what it is and what it is by default, and of no other', () => {
    const expected = Object.entries(environmentSchema.shape).map(([name, schema]) => {
      const byDefault = schema instanceof z.ZodDefault ? asText(schema.def.defaultValue) : '';
      return { about: schema.description, line: `${schema.isOptional() ? '#' : ''}${name}=${byDefault}` };
    });
    expect(documented).toEqual(expected);
    expect(lines).toHaveLength(expected.length);
  });

  it('is an environment of the defaults, once the servers are named', () => {
    const set = documented.flatMap(({ line }) => (line?.startsWith('#') ? [] : [line?.split('=') ?? []]));
    expect(Object.keys(Object.fromEntries(set))).toEqual(Object.keys(REQUIRED));
  });
});
