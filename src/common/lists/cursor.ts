import { createCipheriv, createDecipheriv, createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { BSON } from 'mongodb';
import { Problem } from '../problems/problems.js';

/** A place between two rows of a sorted list. */
export interface CursorPosition {
  /** Value of the sort field of the row beside the place; undefined where the order is by id alone. */
  readonly value: unknown;
  /** Id of that row. */
  readonly id: unknown;
  /** Which side of the row the page lies on. */
  readonly reads: 'after' | 'before';
  /** Whether the next row may have the same value, so that ids decide. */
  readonly tied: boolean;
}

const ALGORITHM = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Seals places in lists into opaque tokens: encrypted and authenticated (AES-256-GCM, NIST SP 800-38D)
 * together with the list's fingerprint, so a token that was altered, or that belongs to another list,
 * doesn't open. The nonce is a keyed hash of all that is sealed (a synthetic IV, as in RFC 5297): an equal
 * page has equal tokens, and so an equal entity tag. It carries no authorization: the tenant is in the
 * list's filter on every page.
 */
export class CursorCodec {
  private readonly key: KeyObject;
  private readonly nonceKey: KeyObject;

  /**
   * @param secret shared by all processes
   * @param ttlSeconds how long a token can be used
   */
  constructor(
    secret: string,
    private readonly ttlSeconds: number,
    private readonly now: () => number = Date.now,
  ) {
    this.key = keyFrom(secret, 'enterprise-service list cursor');
    this.nonceKey = keyFrom(secret, 'enterprise-service list cursor nonce');
  }

  seal(position: CursorPosition, fingerprint: string): string {
    const { value, id, reads, tied } = position;
    // In steps, so that a page that is read again has the same tokens.
    const step = Math.max(1, Math.floor(this.ttlSeconds / 24));
    const expires = (Math.floor(this.now() / 1000 / step) + 1) * step + this.ttlSeconds;
    const plain = BSON.serialize({
      ...(value === undefined ? {} : { v: value }),
      i: id,
      b: reads === 'before',
      t: tied,
      e: expires,
    });
    const iv = createHmac('sha256', this.nonceKey)
      .update(fingerprint)
      .update('\0')
      .update(plain)
      .digest()
      .subarray(0, IV_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.key, iv).setAAD(Buffer.from(fingerprint));
    return Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]).toString('base64url');
  }

  /** @throws {Problem} `invalid-cursor` when it is altered, expired, or of another list */
  open(token: string, fingerprint: string): CursorPosition {
    const plain = this.decrypt(token, fingerprint);
    if (plain === undefined)
      throw refused('It is not a cursor of this list: take it from a page with the same filters and sort.');
    const { v, i, b, t, e } = BSON.deserialize(plain);
    if (e < this.now() / 1000) throw refused('It has expired: start from the first page.');
    return { value: v, id: i, reads: b ? 'before' : 'after', tied: t };
  }

  private decrypt(token: string, fingerprint: string): Buffer | undefined {
    const sealed = Buffer.from(token, 'base64url');
    if (sealed.length < IV_BYTES + TAG_BYTES || sealed.toString('base64url') !== token) return undefined;
    const decipher = createDecipheriv(ALGORITHM, this.key, sealed.subarray(0, IV_BYTES))
      .setAAD(Buffer.from(fingerprint))
      .setAuthTag(sealed.subarray(-TAG_BYTES));
    try {
      return Buffer.concat([decipher.update(sealed.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]);
    } catch {
      return undefined;
    }
  }
}

/** As a key object: of bytes, Node would make one for each token. */
const keyFrom = (secret: string, purpose: string): KeyObject =>
  createSecretKey(new Uint8Array(hkdfSync('sha256', secret, '', purpose, 32)));

const refused = (detail: string) =>
  new Problem('invalid-cursor', { detail, errors: [{ parameter: 'cursor', message: 'is not valid here' }] });
