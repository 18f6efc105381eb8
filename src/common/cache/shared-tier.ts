import type { Redis } from 'ioredis';
import { executeWithFallback } from '../resilience/execute-with-fallback.js';
import { type Facts, owned, Payload } from './payload.js';
import type { Stamp } from './tag-store.js';

/** An entry as all processes share it. */
export interface StoredEntry {
  readonly stamp: Stamp;
  readonly payload: Payload;
  /** How long ago it was loaded. */
  readonly ageMs: number;
  /** How long it may still be served; none: only while nothing can be loaded. */
  readonly ttlMs: number;
}

/** Where entries stand that all processes share. It may lose any of them at any time. */
export interface SharedTier {
  /** The entries of these keys, in their order; never rejects. */
  get(keys: readonly string[]): Promise<readonly (StoredEntry | undefined)[]>;
  /**
   * Never rejects; an entry that can't be stored is lost.
   * @param keptMs when it is forgotten
   */
  set(key: string, entry: StoredEntry, keptMs?: number): Promise<void>;
  /** Bytes that the server uses in all; undefined when it can't be asked. */
  usedBytes(): Promise<number | undefined>;
}

/** Raised whenever entries would be read differently: processes of both versions run side by side during a deployment. */
const FORMAT = 2;

/** Entries in Redis, those over 1 KB as the gzip bytes that most clients get. */
export class RedisTier implements SharedTier {
  private readonly prefix: string;

  /** @param schema names what the entries look like: another schema's entries are not seen */
  constructor(
    private readonly redis: Redis,
    namespace: string,
    schema: string,
  ) {
    this.prefix = `${namespace}:entry:${FORMAT}.${schema}:`;
  }

  async get(keys: readonly string[]): Promise<readonly (StoredEntry | undefined)[]> {
    if (keys.length === 0) return [];
    const ask = async () => {
      const found = await this.redis.mgetBuffer(...keys.map((key) => this.prefix + key));
      return found.map((bytes) => (bytes === null ? undefined : decode(bytes)));
    };
    return executeWithFallback(
      ask,
      () => true,
      () => keys.map(() => undefined),
    );
  }

  async set(key: string, entry: StoredEntry, keptMs = entry.ttlMs): Promise<void> {
    await this.redis.set(this.prefix + key, encode(entry), 'PX', Math.ceil(keptMs)).catch(() => undefined);
  }

  async usedBytes(): Promise<number | undefined> {
    const memory = await this.redis.info('memory').catch(() => '');
    const used = /used_memory:(\d+)/.exec(memory)?.[1];
    return used === undefined ? undefined : Number(used);
  }
}

interface Header {
  readonly stamp: Stamp;
  readonly facts: Facts;
  readonly coding: 'identity' | 'gzip';
  /** On the writer's clock: a wrong one shortens or lengthens a life, which no promise depends on. */
  readonly born: number;
  readonly until: number;
}

const LENGTH_BYTES = 4;

/** The length of the header, the header, the bytes. */
function encode({ stamp, payload, ageMs, ttlMs }: StoredEntry): Buffer {
  const coding = payload.compressible ? 'gzip' : 'identity';
  const now = Date.now();
  const times = { born: now - ageMs, until: now + ttlMs };
  const header = Buffer.from(JSON.stringify({ stamp, facts: payload.facts, coding, ...times } satisfies Header));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(header.length);
  return Buffer.concat([length, header, payload.in(coding)]);
}

function decode(bytes: Buffer): StoredEntry | undefined {
  try {
    const begin = LENGTH_BYTES + bytes.readUInt32BE(0);
    const { stamp, facts, coding, born, until }: Header = JSON.parse(bytes.toString('utf8', LENGTH_BYTES, begin));
    if (!Array.isArray(stamp)) return undefined;
    const payload = Payload.ofBytes(coding, owned(bytes.subarray(begin)), facts);
    const now = Date.now();
    return { stamp, payload, ageMs: now - born, ttlMs: until - now };
  } catch {
    return undefined;
  }
}
