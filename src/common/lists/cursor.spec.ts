import { describe, expect, it } from '@jest/globals';
import { ObjectId } from 'mongodb';
import { CursorCodec, type CursorPosition } from './cursor.js';

const SECRET = 'a secret of at least 32 characters';
const LIST = 'clinics\ncreatedAt:-1\norganizationId="1"';
const place: CursorPosition = {
  value: new Date('2026-11-21T08:00:00.123Z'),
  id: new ObjectId(),
  reads: 'after',
  tied: true,
};
const codec = new CursorCodec(SECRET, 60);
const refused = expect.objectContaining({ kind: 'invalid-cursor', status: 400 });

describe('a cursor brings back', () => {
  it.each<[string, Partial<CursorPosition>]>([
    ['a date', {}],
    ['a text', { value: 'Zoë 😀 東京' }],
    ['an order by id alone', { value: undefined }],
    ['the other direction', { reads: 'before' }],
    ['a place between different values', { tied: false }],
  ])('%s', (_, part) => {
    expect(codec.open(codec.seal({ ...place, ...part }, LIST), LIST)).toEqual({ ...place, ...part });
  });

  it('its place in another process with the same secret', () => {
    expect(new CursorCodec(SECRET, 1).open(codec.seal(place, LIST), LIST)).toEqual(place);
  });
});

describe('a cursor tells its bearer', () => {
  it('nothing of the place', () => {
    const sealed = Buffer.from(codec.seal({ ...place, value: 'Zeppelin' }, LIST), 'base64url');
    expect(sealed.includes('Zeppelin')).toBe(false);
  });

  it('that two of them are of one place, but only of one list, so that an equal page has an equal tag', () => {
    const timed = new CursorCodec(SECRET, 86_400, () => Date.UTC(2026, 10, 21));
    const sealed = timed.seal(place, LIST);
    expect(timed.seal(place, LIST)).toBe(sealed);
    expect(timed.seal(place, `${LIST} `).slice(0, 16)).not.toBe(sealed.slice(0, 16));
    expect(timed.seal({ ...place, tied: false }, LIST).slice(0, 16)).not.toBe(sealed.slice(0, 16));
  });

  it('nothing that a URL would have to escape', () => {
    expect(codec.seal(place, LIST)).toMatch(/^[\w-]+$/);
  });
});

describe('a cursor is refused', () => {
  it('with any one bit changed', () => {
    const sealed = Buffer.from(codec.seal(place, LIST), 'base64url');
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      const altered = Buffer.from(sealed);
      altered.writeUInt8(altered.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(() => codec.open(altered.toString('base64url'), LIST)).toThrow(refused);
    }
  });

  it('cut off anywhere', () => {
    const sealed = codec.seal(place, LIST);
    for (let length = 0; length < sealed.length; length += 1) {
      expect(() => codec.open(sealed.slice(0, length), LIST)).toThrow(refused);
    }
  });

  it.each([
    ['with something behind it', (token: string) => `${token}A`],
    ['with padding', (token: string) => `${token}=`],
    ['with spaces', (token: string) => ` ${token}`],
    ['when it is no cursor', () => 'not-a-cursor'],
    ['when it is base64 of JSON', () => Buffer.from('{"id":1}').toString('base64url')],
    ['when it is empty', () => ''],
  ])('%s', (_, change) => {
    expect(() => codec.open(change(codec.seal(place, LIST)), LIST)).toThrow(refused);
  });

  it.each([
    ['of another resource', LIST.replace('clinics', 'providers')],
    ['of another sort', LIST.replace('createdAt', 'name')],
    ['of another direction', LIST.replace('-1', '1')],
    ['of another tenant', LIST.replace('"1"', '"2"')],
    ['without the filter', 'clinics\ncreatedAt:-1'],
  ])('by a list %s', (_, other) => {
    expect(() => codec.open(codec.seal(place, LIST), other)).toThrow(refused);
  });

  it('by a service with another secret', () => {
    const other = new CursorCodec(`${SECRET}!`, 60);
    expect(() => other.open(codec.seal(place, LIST), LIST)).toThrow(refused);
  });

  it.each([0, 1, 1799, 3599])('once it has expired, and not before its time, when made %d s into an hour', (second) => {
    let now = Date.UTC(2026, 10, 21) + second * 1000;
    const day = 86_400_000;
    const timed = new CursorCodec(SECRET, day / 1000, () => now);
    const sealed = timed.seal(place, LIST);
    now += day;
    expect(timed.open(sealed, LIST)).toEqual(place);
    // A day, and the rest of the hour that it was made in.
    now = Date.UTC(2026, 10, 22, 1);
    expect(timed.open(sealed, LIST)).toEqual(place);
    now += 1;
    expect(() => timed.open(sealed, LIST)).toThrow(/expired/);
  });
});
