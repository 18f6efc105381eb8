import { hash } from 'node:crypto';
import { type Facts, Payload } from '../cache/payload.js';
import type { ResourceDefinition } from './resource.js';
import { fullSelection, present } from './selection.js';

/** The strong entity tag of a full record (RFC 9110 8.8.3). */
export const versionTag = (version: number): string => `"${version}"`;

/**
 * What is answered, as JSON with its entity tag: that of the version for a full record, a weak one of the content for
 * all else, as that of two codings is the same.
 */
export function jsonPayload(answer: unknown, version: number | undefined, facts: Facts = {}): Payload {
  const text = JSON.stringify(answer);
  const etag = version === undefined ? `W/"${hash('sha1', text, 'base64url')}"` : versionTag(version);
  return Payload.ofText(text, { etag, ...facts });
}

/** The answer of a whole record. */
export const recordPayload = (record: object & { readonly version: number }, resource: ResourceDefinition): Payload =>
  jsonPayload(present(record, fullSelection(resource)), record.version);
