import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { BSON } from 'mongodb';
import type { KeyedRequest } from '../context/request-context.js';

type Owner = Pick<KeyedRequest, 'tenant' | 'key'>;

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Seals what a transaction came to, as BSON, so that ids and dates stay what they are. It may hold a secret that is
 * shown once: only who has the client's key can open it, and the database has not.
 */
export function sealResult(result: unknown, owner: Owner): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, sealingKey(owner), nonce);
  const sealed = cipher.update(BSON.serialize({ result }, { ignoreUndefined: true }));
  return Buffer.concat([nonce, sealed, cipher.final(), cipher.getAuthTag()]);
}

/**
 * What was sealed. Members that were undefined are missing; all else is as it was.
 * @throws when it was sealed for another key, or altered
 */
export function openResult<T>(sealed: Uint8Array, owner: Owner): T {
  const decipher = createDecipheriv(CIPHER, sealingKey(owner), sealed.subarray(0, NONCE_BYTES));
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  const bytes = Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
  return BSON.deserialize(bytes)['result'];
}

const sealingKey = ({ tenant, key }: Owner): Buffer =>
  Buffer.from(hkdfSync('sha256', key, tenant, 'enterprise-service: the result of a keyed POST', 32));
