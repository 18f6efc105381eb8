import { describe, expect, it } from '@jest/globals';
import { isJsonObject, mergePatch } from './merge-patch.js';

describe('the test cases of RFC 7396, appendix A', () => {
  it.each([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('%j patched by %j is %j', (target, patch, result) => {
    expect(mergePatch(target, patch)).toEqual(result);
  });
});

it('changes neither the target nor the patch', () => {
  const target = { address: { city: 'Juneau', state: 'AK' } };
  const patch = { address: { city: null, street: 'Main' } };
  mergePatch(target, patch);
  expect([target, patch]).toEqual([
    { address: { city: 'Juneau', state: 'AK' } },
    { address: { city: null, street: 'Main' } },
  ]);
});

it.each(['constructor', 'toString', 'hasOwnProperty'])('takes %s for a member like any other', (key) => {
  expect(Object.entries(mergePatch({}, { [key]: { a: 1 } }) as object)).toEqual([[key, { a: 1 }]]);
});

it('reaches no prototype through __proto__', () => {
  mergePatch({}, JSON.parse('{"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}}'));
  expect('polluted' in {}).toBe(false);
});

it.each([
  [{}, true],
  [{ a: 1 }, true],
  [[], false],
  [null, false],
  ['a', false],
  [new Date(), false],
  [Object.create(null), false],
])('isJsonObject of %p is %p', (value, expected) => {
  expect(isJsonObject(value)).toBe(expected);
});
