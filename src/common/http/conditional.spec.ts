import { describe, expect, it } from '@jest/globals';
import { assertPrecondition } from '../database/precondition.js';
import { versionTag } from '../resource/record-payload.js';
import { noneMatchNames, parseIfMatch } from './conditional.js';

describe('If-Match', () => {
  it.each([
    ['one version', '"7"', [7]],
    ['a list', '"7", "9"', [7, 9]],
    ['a list without spaces', '"7","9"', [7, 9]],
    ['the tag of a gzip answer', '"7-gzip"', [7]],
    ['the tag of a brotli answer', '"7-br"', [7]],
    ['the tag of a zstd answer', '"7-zstd"', [7]],
    ['a weak tag, which matches nothing', 'W/"7"', []],
    ['a weak tag among strong ones', 'W/"7", "8"', [8]],
    ["somebody else's tag", '"abc"', []],
    ['a coding that we never send', '"7-deflate"', []],
    ['a number written otherwise', '"007"', []],
    ['no version at all', '"0"', []],
    ['a version without quotes', '7', []],
    ['a comma within a tag', '"7,8"', []],
    ['a number that has no exact value', '"99999999999999999999"', []],
    ['nothing', '', []],
  ])('of %s', (_, header, versions) => {
    expect(parseIfMatch(header)).toEqual({ versions });
  });

  it('of * is any version', () => {
    expect(parseIfMatch(' * ')).toBe('any-version');
  });

  it('that is missing asks for nothing', () => {
    expect(parseIfMatch(undefined)).toBeUndefined();
  });

  it.each([
    ['nothing', undefined],
    ['any version', 'any-version' as const],
    ['this version', { versions: [3] }],
    ['this version among others', { versions: [1, 3] }],
  ])('lets a change pass that asks for %s', (_, precondition) => {
    expect(() => assertPrecondition(precondition, 3)).not.toThrow();
  });

  it.each([[{ versions: [2] }], [{ versions: [] }]])('refuses a change for %j of version 3', (precondition) => {
    expect(() => assertPrecondition(precondition, 3)).toThrow(
      expect.objectContaining({ kind: 'precondition-failed', status: 412 }),
    );
  });
});

describe('If-None-Match', () => {
  it.each([
    ['the tag', '"7"', true],
    ['the tag in a list', '"5", "7"', true],
    ['the weak tag', 'W/"7"', true],
    ['the tag of another coding', '"7-gzip"', true],
    ['the weak tag of another coding', 'W/"7-br"', true],
    ['anything', '*', true],
    ['another version', '"8"', false],
    ['a version that begins the same', '"77"', false],
    ['an unknown coding', '"7-deflate"', false],
    ['the version without quotes', '7', false],
    ['nothing', '', false],
  ])('of %s', (_, header, expected) => {
    expect(noneMatchNames(header, versionTag(7))).toBe(expected);
  });

  it('finds a coded answer by the tag of the plain one', () => {
    expect(noneMatchNames('"7"', '"7-gzip"')).toBe(true);
  });
});
