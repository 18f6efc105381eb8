import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseIdempotencyKey } from './idempotency-key.js';

const visible = fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code));
const keys = fc.string({ unit: visible, minLength: 1, maxLength: 255 });

it.each([
  ['"8e03978e-40d5-43dd-bc93-6894a57f9324"', '8e03978e-40d5-43dd-bc93-6894a57f9324'],
  ['8e03978e-40d5-43dd-bc93-6894a57f9324', '8e03978e-40d5-43dd-bc93-6894a57f9324'],
  ['"a\\"b\\\\c"', 'a"b\\c'],
  ['order:42/a,b', 'order:42/a,b'],
  ['x'.repeat(255), 'x'.repeat(255)],
  [`"${'\\"'.repeat(255)}"`, '"'.repeat(255)],
])('%s is the key %s', (header, key) => {
  expect(parseIdempotencyKey(header)).toBe(key);
});

it.each([
  ['nothing', ''],
  ['an empty string', '""'],
  ['a space', 'a b'],
  ['a space in a string', '"a b"'],
  ['two headers, as Node joins them', 'a, b'],
  ['two headers with strings', '"a", "b"'],
  ['a string without an end', '"a'],
  ['a quote that is not escaped', '"a"b"'],
  ['an escape of anything else', '"a\\b"'],
  ['parameters', '"a";b=1'],
  ['too much', 'x'.repeat(256)],
  ['too much in a string', `"${'x'.repeat(256)}"`],
  ['a control character', 'a\tb'],
  ['a letter outside of ASCII', 'clé'],
])('%s is no key', (_, header) => {
  expect(parseIdempotencyKey(header)).toBeUndefined();
});

it('every key of visible ASCII can be sent as a string, and as it is unless it begins with a quote', () => {
  fc.assert(
    fc.property(keys, (key) => {
      expect(parseIdempotencyKey(`"${key.replaceAll(/["\\]/g, '\\$&')}"`)).toBe(key);
      if (!key.startsWith('"')) expect(parseIdempotencyKey(key)).toBe(key);
    }),
  );
});

it('whatever a header holds, what comes of it is a key or nothing', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (header) => {
      expect(parseIdempotencyKey(header) ?? 'none').toMatch(/^[!-~]{1,255}$/);
    }),
  );
});
