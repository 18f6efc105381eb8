import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { pino } from 'pino';
import { redactLine } from './redact.js';
import { redactText } from './redact-text.js';
import { ServiceLogger } from './service-logger.js';

/** All that the service writes for what it is given to log. */
function written(...given: readonly unknown[]): string {
  const lines: string[] = [];
  const output = { write: (line: string) => void lines.push(line), flush: async () => undefined };
  const [message, ...rest] = given;
  new ServiceLogger({ json: true, level: 'verbose', output }).error(message, ...rest);
  expect(lines).toHaveLength(1);
  for (const line of lines) JSON.parse(line);
  return lines.join('');
}

const letters = (alphabet: string, minLength: number, maxLength = minLength) =>
  fc.string({ unit: fc.constantFrom(...alphabet), minLength, maxLength });
const DIGITS = '0123456789';
const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const URL_SAFE = `${LOWER}${LOWER.toUpperCase()}${DIGITS}-_`;
const bytes = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((all) => Buffer.from(all));
const encoded = (length: number) => bytes(length).map((all) => all.toString('base64url'));

const group = (length: number) => letters(DIGITS, length);
const local = letters(`${URL_SAFE}+.'`, 3, 12).filter(
  (text) => /^[\w-].*[\w-]$/.test(text) && !/\.\.|''|'\.|\.'/.test(text),
);

/** What tells by itself that nobody should read it. */
const byPattern = {
  email: fc
    .tuple(local, letters(LOWER, 1, 9), fc.constantFrom('example', 'co.uk', 'com'))
    .map(([who, at, end]) => `${who}@${at}.${end}`),
  phone: fc.oneof(
    fc
      .tuple(group(2), group(3), group(3), group(4), fc.constantFrom(' ', '-', '.', ''))
      .map(([land, ...rest]) => `+${land}${rest[3]}${rest.slice(0, 3).join(rest[3])}`),
    fc.tuple(group(3), group(3), group(4)).map(([a, b, c]) => `(${a}) ${b}-${c}`),
    fc.tuple(group(3), group(3), group(4), fc.constantFrom(' ', '-')).map(([a, b, c, by]) => [a, b, c].join(by)),
    fc.tuple(group(3), group(3), group(4), group(3)).map(([a, b, c, x]) => `1-${a}-${b}-${c} x${x}`),
  ),
  apiKey: fc.tuple(bytes(6), encoded(32)).map(([prefix, secret]) => `es_${prefix.toString('hex')}_${secret}`),
  jwt: fc.tuple(encoded(20), encoded(64)).map(([claims, signature]) => `eyJhbGciOiJFUzI1NiJ9.${claims}.${signature}`),
} satisfies Record<string, fc.Arbitrary<string>>;

/** What only what stands before it tells. @returns the text that holds it, and what must not be read of it */
const inText = fc.oneof(
  ...Object.values(byPattern).map((kind) => kind.map((secret) => ({ text: secret, secret }))),
  encoded(24).map((secret) => ({ text: `Bearer ${secret}`, secret })),
  fc.tuple(letters(LOWER, 3), encoded(12)).map(([user, secret]) => ({
    text: `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`,
    secret: Buffer.from(`${user}:${secret}`).toString('base64'),
  })),
  fc
    .tuple(fc.constantFrom('mongodb', 'mongodb+srv', 'redis', 'https', 'amqp'), letters(`${URL_SAFE}%!*`, 8, 20))
    .map(([scheme, secret]) => ({ text: `${scheme}://user:${secret}@db.internal:27017/x?y=1`, secret })),
  fc
    .tuple(
      fc.constantFrom(
        'password',
        'licenseNumber',
        'client_secret',
        'x-api-key',
        'npi',
        'accessToken',
        'contact.phone',
        'E-Mail',
      ),
      fc.constantFrom<readonly [string, string]>(['="', '"'], [': "', '"'], [": '", "'"], ['":"', '"'], ['=', '']),
      letters(`${URL_SAFE}.~%+`, 6, 20),
    )
    .map(([name, [before, after], secret]) => ({ text: `${name}${before}${secret}${after}`, secret })),
  fc
    .tuple(fc.constantFrom('Cookie', 'set-cookie', 'Authorization'), letters(`${URL_SAFE}=; `, 8, 30))
    .filter(([, secret]) => secret.trim() === secret)
    .map(([name, secret]) => ({ text: `${name}: ${secret}\r\nHost: x`, secret })),
);

const SECRET_NAMES = [
  'password',
  'newPassword',
  'secret',
  'token',
  'apiKey',
  'api_key',
  'key',
  'Authorization',
  'cookie',
];
const PERSONAL_NAMES = [
  'email',
  'phone',
  'phones',
  'licenseNumber',
  'npi',
  'client_secret',
  'X-API-Key',
  'idempotency-key',
];
const secretName = fc.constantFrom(...SECRET_NAMES, ...PERSONAL_NAMES);

type Place = (value: unknown) => unknown;
const step: fc.Arbitrary<Place> = fc.oneof(
  letters(LOWER, 1, 6).map((name) => (value: unknown) => ({ before: 1, [`x_${name}`]: value, after: 'x' })),
  fc.constant((value: unknown) => ['x', value, 2]),
  fc.constant((value: unknown) => JSON.stringify({ inner: value, n: 1 })),
  fc.constant((value: unknown) => ({ payload: JSON.stringify([value]) })),
);
/** Anywhere in what is logged, up to eight levels down, in objects, arrays and JSON in strings. */
const place: fc.Arbitrary<Place> = fc
  .array(step, { maxLength: 8 })
  .map((steps) => (value: unknown) => steps.reduce((inner, wrap) => wrap(inner), value));

const around = fc.constantFrom('', ' ', 'said: ', '\n', '\t(', 'é "', ', ', "\\'", '<', '{"a":"');
const after = fc.constantFrom('', ' ', ' said', '\n', ')', '"', ', ', '>', '"}', '; x=1', '. And');
const ways: fc.Arbitrary<(text: string) => readonly unknown[]> = fc.constantFrom(
  (text: string) => [text, 'Context'],
  (text: string) => [{ correlationId: 'x', note: text }, 'Context'],
  (text: string) => [new Error(text)],
  (text: string) => [new Error('outer', { cause: new Error('middle', { cause: new TypeError(text) }) })],
  (text: string) => [new AggregateError([new Error(text)], 'all')],
  (text: string) => [Object.assign(new Error('x'), { detail: text, code: 11000 }), undefined, 'Context'],
  (text: string) => ['failed', `Error: ${text}\n    at place (file.js:1:2)`, 'Context'],
  (text: string) => [{ correlationId: 'x', error: `Error: ${text}\n    at place (file.js:1:2)` }, 'Context'],
  (text: string) => [{ map: new Map([[text, text]]), set: new Set([text]), list: [text], [text]: 1 }],
  (text: string) => [{ err: new Error(text), request: { headers: { referer: text } } }],
  (text: string) => [[text, [text]]],
  (text: string) => [text, text],
);

const RUNS = { numRuns: 300 };

describe('no line of the log holds', () => {
  it.each(Object.entries(byPattern))('a value that looks like: %s', (_, kind) => {
    fc.assert(
      fc.property(kind, around, after, place, ways, (secret, before, behind, put, give) => {
        expect(written({ at: put(`${before}${secret}${behind}`) })).not.toContain(secret);
        expect(written(...give(`${before}${secret}${behind}`))).not.toContain(secret);
        expect(written({ [secret]: 1, [`of ${secret}`]: { [secret]: 2 } })).not.toContain(secret);
      }),
      RUNS,
    );
  });

  it('what a text tells to be a secret, wherever the text stands', () => {
    fc.assert(
      fc.property(inText, around, after, place, ways, ({ text, secret }, before, behind, put, give) => {
        expect(written({ at: put(`${before}${text}${behind}`) })).not.toContain(secret);
        expect(written(...give(`${before}${text}${behind}`))).not.toContain(secret);
      }),
      { numRuns: 600 },
    );
  });

  it('anything under a name that tells so, whatever it is', () => {
    const text = fc.string({ minLength: 5, maxLength: 20, unit: 'grapheme' }).map((value) => `#~${value}~#`);
    fc.assert(
      fc.property(secretName, text, place, (name, secret, put) => {
        const shown = JSON.stringify(secret).slice(1, -1);
        const line = written({ at: put({ a: 1, [name]: secret, b: 2 }) });
        for (const part of ['#~', '~#', shown]) expect(line).not.toContain(part);
      }),
      RUNS,
    );
  });

  it.each([
    { password: { of: { user: 'hunter2' } } },
    { passwords: ['hunter2', ['hunter2']] },
    { npi: 1234567 },
    { headers: ['Host', 'x', 'authorization', 'hunter2', 'X-Api-Key', 'hunter2'] },
    { body: Buffer.from('hunter2') },
    { list: [Buffer.from('hunter2')] },
    { url: new URL('https://x.example/a?apiKey=hunter2&email=hunter2#token=hunter2') },
    { raw: "{ password: { a: 'hunter2' }, emails: [ 'hunter2', 'x' ] }" },
    { raw: '<password>hunter2</password>' },
    { raw: '-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----' },
    { nested: { toJSON: () => ({ secret: 'hunter2' }) } },
    { err: { message: 'Cast to Number failed for value "hunter2" (type string) at path "version"' } },
    { msg: 'Unexpected token \'h\', "{"a": hunter2" is not valid JSON' },
  ])('what is to be kept: %j', (fields) => {
    const line = written(fields);
    expect(line).not.toMatch(/hunter2|1234567|104,117,110/);
    expect(line).toContain('[redacted]');
  });

  it("the value of MongoDB's duplicate key, but all else that it says", () => {
    const dup = `E11000 duplicate key error collection: enterprise.providers index: organizationId_1_licenseNumber_1 dup key: { organizationId: ObjectId('665f1c2ab7e4d1f0a1b2c3d6'), licenseNumber: "AB-1" }`;
    const { err } = JSON.parse(written(Object.assign(new Error(dup), { code: 11000 })));
    expect(err).toMatchObject({ message: dup.replace('AB-1', '[redacted]'), code: 11000 });
    expect(err.stack).toContain(dup.replace('AB-1', '[redacted]'));
  });
});

it.each([
  { password: 'ends in a backslash \\', last: 1 },
  { email: 'says "hi"', last: 1 },
  { npi: 12, last: null },
])('what comes after a secret in JSON in a text is kept: %j', (fields) => {
  let [text, expected] = [JSON.stringify(fields), JSON.stringify({ ...fields, ...hidden(fields) })];
  for (let level = 0; level < 4; level += 1) {
    expect(redactText(text)).toContain('last');
    if (!('npi' in fields)) expect(redactText(text)).toBe(expected);
    [text, expected] = [JSON.stringify({ text }), JSON.stringify({ text: expected })];
  }
});

const hidden = (fields: object) =>
  Object.fromEntries(
    Object.keys(fields)
      .filter((name) => name !== 'last')
      .map((name) => [name, '[redacted]']),
  );

describe('what is no secret stays as it is', () => {
  const token = fc.oneof(
    fc.uuid(),
    fc
      .date({ noInvalidDate: true, min: new Date('1970-01-02'), max: new Date('2099-01-01') })
      .map((at) => at.toISOString()),
    fc
      .date({ noInvalidDate: true, min: new Date('1970-01-02'), max: new Date('2099-01-01') })
      .map((at) => at.toISOString().slice(0, 19).replace('T', ' ')),
    bytes(12).map((id) => id.toString('hex')),
    bytes(16).map((id) => id.toString('hex')),
    fc.tuple(fc.ipV4(), fc.integer({ min: 1, max: 65_535 })).map(([host, port]) => `${host}:${port}`),
    fc.ipV4(),
    fc.tuple(fc.nat(99), fc.nat(99), fc.nat(99)).map((parts) => parts.join('.')),
    fc.nat(1e9).map(String),
    fc.double({ min: 0, max: 1e6, noNaN: true }).map((ms) => `${ms.toFixed(3)} ms`),
    fc.nat(1e6).map((ms) => `${ms}ms`),
    fc.constantFrom(
      'GET /api/v1/clinics/{id} 200',
      'at foo (file:///app/dist/main.js:10:25)',
      'basic plan',
      'Basic authentication',
    ),
    fc.constantFrom(
      'listening on http://127.0.0.1:3017',
      'node_modules/@nestjs/core/index.js:1:2',
      'a bearer token is needed',
    ),
    fc.constantFrom(
      'at 08:00:05.123 2026-11-21',
      'from 127.0.0.1:27017 2026-11-21',
      'on localhost:27017 2026-11-21',
      'find clinics {organizationId: ?, status: ?} sort {createdAt: -1, _id: -1}',
      'dup key: { organizationId: 1 }',
    ),
  );

  it('in a text, and in a line to the letter', () => {
    fc.assert(
      fc.property(fc.array(token, { minLength: 1, maxLength: 3 }), place, (tokens, put) => {
        const text = tokens.join(', ');
        expect(redactText(text)).toBe(text);
        const line = lineOf({
          at: put({ parts: tokens, text, ms: 12.5, keysExamined: 3, tokenless: null, password: null }),
        });
        expect(redactLine(line)).toBe(line);
      }),
      { numRuns: 500 },
    );
  });

  it('such as an id of a client, even one that could be a telephone number', () => {
    fc.assert(
      fc.property(letters(`${DIGITS}.:-`, 1, 40), letters(`${URL_SAFE}.:`, 1, 128), (digits, any) => {
        fc.pre(!/eyJ|es_|(?:key|pass|token|mail|phone|fax|npi|ssn|pwd|jwt|mobile|cookie|secret)/i.test(any));
        for (const id of [digits, any]) {
          const line = lineOf({ correlationId: id, correlationIds: [id, id], context: 'x' });
          expect(redactLine(line)).toBe(line);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('any line stays JSON, with what comes after a secret', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string(), (value, text) => {
        const line = lineOf({ value, secret: text, list: [text, { token: value }], last: 'kept' });
        expect(JSON.parse(redactLine(line))).toMatchObject({ last: 'kept' });
      }),
      RUNS,
    );
  });
});

describe('a hostile line of a megabyte', () => {
  const repeated = [
    'a',
    'a@',
    '@a.',
    '%40',
    '12-',
    '+1 ',
    '(',
    'eyJ',
    '\\',
    '\\"',
    'password=',
    'password:"',
    'key:{',
    'basic a',
    '://',
    'x://a',
    'es_',
    "a'",
  ];
  it.each(repeated)('of %j takes time in proportion', (part) => {
    const line = (length: number) => lineOf({ at: part.repeat(length / part.length) });
    redactLine(line(1 << 17));
    const begun = performance.now();
    redactLine(line(1 << 20));
    // In the square it would be minutes.
    expect(performance.now() - begun).toBeLessThan(2000);
  });
});

/** As pino writes it, before anything is taken out. */
function lineOf(fields: object): string {
  const lines: string[] = [];
  pino({ base: null }, { write: (text) => void lines.push(text) }).info(fields, `of ${randomBytes(4).toString('hex')}`);
  return lines.join('');
}
