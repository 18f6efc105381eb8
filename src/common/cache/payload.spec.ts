import { brotliDecompressSync, gunzipSync, gzipSync, zstdDecompressSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { COMPRESS_FROM_BYTES, Payload } from './payload.js';

const TEXT = JSON.stringify(Array.from({ length: 200 }, (_, at) => ({ name: `Clinic Zoë № ${at}` })));

const DECODERS = {
  identity: (bytes: Buffer) => bytes,
  gzip: (bytes: Buffer) => gunzipSync(bytes),
  br: (bytes: Buffer) => brotliDecompressSync(bytes),
  zstd: (bytes: Buffer) => zstdDecompressSync(bytes),
} as const;
const CODINGS = ['identity', 'gzip', 'br', 'zstd'] as const;

describe.each(CODINGS)('a payload in %s', (coding) => {
  it('says the same', () => {
    const bytes = Payload.ofText(TEXT).in(coding);
    expect(DECODERS[coding](bytes).toString()).toBe(TEXT);
  });

  it('says the same when it came as gzip', () => {
    const bytes = Payload.ofBytes('gzip', gzipSync(TEXT)).in(coding);
    expect(DECODERS[coding](bytes).toString()).toBe(TEXT);
  });

  it('is made once', () => {
    const payload = Payload.ofText(TEXT);
    expect(payload.in(coding)).toBe(payload.in(coding));
  });
});

describe('the memory of a payload', () => {
  it('is that of its text at first', () => {
    expect(Payload.ofText(TEXT).bytes).toBe(Buffer.byteLength(TEXT));
  });

  it('counts each coding that was asked for', () => {
    const payload = Payload.ofText(TEXT);
    const made = CODINGS.map((coding) => payload.in(coding).length);
    expect(payload.bytes).toBe(made.reduce((sum, length) => sum + length));
  });

  it('is its own: a small text keeps no others alive', () => {
    const bytes = Payload.ofText('{"id":1}').in('identity');
    expect(bytes.buffer.byteLength).toBe(bytes.length);
  });
});

describe.each(CODINGS)('a payload in %s keeps nothing alive but its bytes', (coding) => {
  it.each([
    ['that came as text', () => Payload.ofText(TEXT)],
    ['that came as gzip', () => Payload.ofBytes('gzip', Buffer.from(Uint8Array.from(gzipSync(TEXT)).buffer))],
  ])('%s', (_, payload) => {
    const bytes = payload().in(coding);
    expect(bytes.buffer.byteLength).toBe(bytes.length);
  });
});

describe('a payload worth compressing', () => {
  it.each([
    ['has more than the threshold', COMPRESS_FROM_BYTES + 1, true],
    ['has not just as much', COMPRESS_FROM_BYTES, false],
    ['is not empty', 0, false],
  ])('%s', (_, length, compressible) => {
    expect(Payload.ofText('x'.repeat(length)).compressible).toBe(compressible);
  });

  it('is measured in bytes, not characters', () => {
    expect(Payload.ofText('ë'.repeat(COMPRESS_FROM_BYTES / 2 + 1)).compressible).toBe(true);
  });

  it('is one that came compressed', () => {
    expect(Payload.ofBytes('gzip', gzipSync(TEXT)).compressible).toBe(true);
  });
});

describe('what is not there', () => {
  it('is JSON null', () => {
    expect(Payload.absent('no such clinic').text()).toBe('null');
  });

  it('has something to say of it', () => {
    expect(Payload.absent('no such clinic').absent).toBe('no such clinic');
  });

  it('is told from null that is there', () => {
    expect(Payload.ofText('null').absent).toBeUndefined();
  });

  it('is absent even with nothing to say of it', () => {
    expect(Payload.absent('').absent).toBe('');
  });
});

it('facts go with the bytes', () => {
  expect(Payload.ofText('1', { etag: '"7"' }).facts).toEqual({ etag: '"7"' });
});
