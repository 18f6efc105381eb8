import { hash, randomBytes } from 'node:crypto';

/** A key as it is shown once. */
export interface NewKey {
  readonly key: string;
  readonly prefix: string;
  readonly digest: string;
}

/** Makes a key with 256 random bits; its prefix tells people, and secret scanners, what it is. */
export function newKey(): NewKey {
  const prefix = `es_${randomBytes(6).toString('hex')}`;
  const key = `${prefix}_${randomBytes(32).toString('base64url')}`;
  return { key, prefix, digest: digestOf(key) };
}

/**
 * What is kept of a key, and looked up by. A plain hash is enough for 256 random bits, and looking it up
 * tells an attacker's clock nothing about the key.
 */
export const digestOf = (key: string): string => hash('sha256', key, 'base64url');
