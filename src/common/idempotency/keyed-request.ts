import { createHash } from 'node:crypto';
import type { Principal } from '../context/principal.js';
import type { KeyedRequest } from '../context/request-context.js';

/** What makes a request the same as another one. */
export interface Repeatable {
  readonly method: string;
  /** Path and query, as they were sent. */
  readonly url: string;
  /** As it was parsed. */
  readonly body: unknown;
}

/** The request under its key, which is one of the principal's tenant: no tenant meets another one's keys. */
export const keyedRequest = (key: string, principal: Principal, request: Repeatable): KeyedRequest => ({
  key,
  tenant: principal.kind === 'organization' ? principal.tenant : 'platform',
  fingerprint: fingerprintOf(request),
  state: 'waiting',
});

/** The same for equal requests alone; nobody learns the request from it. */
export const fingerprintOf = ({ method, url, body }: Repeatable): string => digest([method, url, body ?? null]);

/** Names what is kept for a tenant's key; nobody learns a random key from it. */
export const keptName = ({ tenant, key }: Pick<KeyedRequest, 'tenant' | 'key'>): string => digest([tenant, key]);

const digest = (parts: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
