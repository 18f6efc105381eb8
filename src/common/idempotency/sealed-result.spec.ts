import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ObjectId } from 'mongodb';
import { openResult, sealResult } from './sealed-result.js';

const owner = { tenant: 'platform', key: '8e03978e-40d5-43dd-bc93-6894a57f9324' };
const again = (result: unknown): unknown => openResult(sealResult(result, owner), owner);

const { anything } = fc.letrec((tie) => ({
  anything: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(null, undefined, true, false),
    fc.integer(),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.string({ unit: 'grapheme' }),
    fc.date({ noInvalidDate: true }),
    fc.uint8Array({ minLength: 12, maxLength: 12 }).map((bytes) => new ObjectId(bytes)),
    fc.array(tie('anything')),
    fc.dictionary(fc.string({ unit: 'grapheme-ascii' }), tie('anything'), { noNullPrototype: true }),
  ),
}));

it('whatever a transaction comes to is written the same after it was kept', () => {
  fc.assert(
    fc.property(anything, (result) => {
      expect(JSON.stringify(again(result))).toBe(JSON.stringify(result));
    }),
    { numRuns: 300 },
  );
});

it('ids, dates, arrays and what is not there are what they were', () => {
  const record = {
    _id: new ObjectId(),
    createdAt: new Date('2026-11-21T08:00:00.123Z'),
    expiresAt: null,
    version: 1,
    latitude: 57.86,
    shifts: [{ from: '08:00', to: '12:00' }, null, []],
    name: 'Zoë 漢字 🦷',
  };
  expect(again(record)).toEqual(record);
  expect(again({ ...record, revokedAt: undefined })).toStrictEqual(record);
  expect([again(undefined), again(null), again('kid'), again([])]).toEqual([undefined, null, 'kid', []]);
});

it('only who has the key can open it, and only for the tenant', () => {
  const sealed = sealResult({ key: 'es_secret' }, owner);
  expect(openResult(sealed, owner)).toEqual({ key: 'es_secret' });
  expect(() => openResult(sealed, { ...owner, key: `${owner.key}x` })).toThrow();
  expect(() => openResult(sealed, { ...owner, tenant: '665f1c2ab7e4d1f0a1b2c3d4' })).toThrow();
});

it('what was altered is not opened', () => {
  const sealed = sealResult({ key: 'es_secret' }, owner);
  for (const at of sealed.keys()) {
    const altered = Buffer.from(sealed);
    altered[at] = (altered[at] ?? 0) ^ 1;
    expect(() => openResult(altered, owner)).toThrow();
  }
});

it('what is kept shows neither the result nor the key, and is different each time', () => {
  const [one, other] = [sealResult({ key: 'es_secret' }, owner), sealResult({ key: 'es_secret' }, owner)];
  expect(one.includes('es_secret')).toBe(false);
  expect(one.includes(owner.key)).toBe(false);
  expect(one.equals(other)).toBe(false);
});
