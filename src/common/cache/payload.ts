import { brotliCompressSync, constants, gunzipSync, gzipSync, zstdCompressSync } from 'node:zlib';

/** Content codings (RFC 9110 8.4.1) that answers are kept in; `identity` is none. */
export type Coding = 'identity' | 'gzip' | 'br' | 'zstd';

/** Under this many bytes compression gains nothing worth the work. */
export const COMPRESS_FROM_BYTES = 1024;

/** Small facts that go with the bytes, such as an entity tag. */
export type Facts = Readonly<Record<string, string>>;

const NO_FACTS: Facts = {};

/** Bytes as they go out, in each coding that somebody has asked for: each is made once, on first use. */
export class Payload {
  private readonly made: Partial<Record<Coding, Buffer>> = {};

  private constructor(
    readonly facts: Facts,
    coding: 'identity' | 'gzip',
    bytes: Buffer,
  ) {
    this.made[coding] = bytes;
  }

  static ofText(text: string, facts = NO_FACTS): Payload {
    // Not from Node's pool: a small entry would keep 8 KB of others' bytes alive, which nobody counts.
    const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text));
    bytes.write(text);
    return new Payload(facts, 'identity', bytes);
  }

  /** That nothing is there, with what to say of it. */
  static absent(detail: string): Payload {
    return Payload.ofText('null', { absent: detail });
  }

  static ofBytes(coding: 'identity' | 'gzip', bytes: Buffer, facts = NO_FACTS): Payload {
    return new Payload(facts, coding, bytes);
  }

  /** What to say of the absence; undefined when something is there. */
  get absent(): string | undefined {
    return this.facts['absent'];
  }

  /** Whether it is large enough to be compressed. */
  get compressible(): boolean {
    return this.made.identity === undefined || this.made.identity.length > COMPRESS_FROM_BYTES;
  }

  /** The bytes in this coding. */
  in(coding: Coding): Buffer {
    const made = this.made[coding];
    if (made !== undefined) return made;
    const encoded = owned(coding === 'identity' ? gunzipSync(this.in('gzip')) : ENCODERS[coding](this.in('identity')));
    this.made[coding] = encoded;
    return encoded;
  }

  text(): string {
    return this.in('identity').toString();
  }

  /** How many codings have been made. */
  get codings(): number {
    return Object.keys(this.made).length;
  }

  /** Bytes of memory that its codings take. */
  get bytes(): number {
    let bytes = 0;
    for (const buffer of Object.values(this.made)) bytes += buffer.length;
    return bytes;
  }
}

/** A copy of its own: a piece of a larger buffer, such as zlib and the Redis client give, would keep all of it. */
export function owned(bytes: Buffer): Buffer {
  const own = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(own);
  return own;
}

/** Levels for bytes that are made once and sent often, yet on the thread that answers: a few ms at most. */
const ENCODERS = {
  gzip: (bytes: Buffer) => gzipSync(bytes, { level: 6 }),
  br: (bytes: Buffer) =>
    brotliCompressSync(bytes, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: 5,
        [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      },
    }),
  zstd: (bytes: Buffer) => zstdCompressSync(bytes),
} as const;
