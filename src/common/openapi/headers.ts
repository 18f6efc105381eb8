import type { oas31, ZodOpenApiResponseObject, ZodOpenApiResponsesObject } from 'zod-openapi';
import { SAFE_HEADERS } from '../http/secure-headers.js';

/** Every header of an answer that means something to a client, described once. */
export const HEADERS = {
  'X-Correlation-Id': {
    description:
      'Names the request in the logs of the service: the one that was sent where it was sane, else a new one.',
    required: true,
    schema: { type: 'string', pattern: '^[\\w.:-]{1,128}$' },
    example: '0f8b3c52-6f0e-4d0a-9b8e-2f6f5f6f0c1d',
  },
  'X-Response-Time': {
    description: 'How long the service took.',
    required: true,
    schema: { type: 'string', pattern: '^\\d+\\.\\d+ms$' },
    example: '3.2ms',
  },
  'Cache-Control': {
    description:
      '`private, no-cache` on reads: keep the answer, and revalidate it before each use. `no-store` on anything else.',
    required: true,
    schema: { type: 'string' },
    example: 'private, no-cache',
  },
  Vary: {
    description:
      'The request headers that the answer depends on (RFC 9110 12.5.5): always on what the client may keep, else where it is encoded.',
    schema: { type: 'string' },
    example: 'Authorization, Accept-Encoding, X-API-Key',
  },
  'X-Cache': {
    description:
      'Where the answer comes from: `HIT` from the cache, `MISS` from the database and now in the cache, `BYPASS` from the database, past the cache. None of these is older than a write that was acknowledged before the request. `STALE`: from the cache while the database is away, and maybe older.',
    required: true,
    schema: { type: 'string', enum: ['HIT', 'MISS', 'STALE', 'BYPASS'] },
    example: 'HIT',
  },
  'X-Accel-Buffering': {
    description: 'Has proxies pass on each event as it comes.',
    required: true,
    schema: { type: 'string', const: 'no' },
    example: 'no',
  },
  Age: {
    description: 'Seconds since the answer was known to be current (RFC 9111 5.1); with `X-Cache: STALE` alone.',
    schema: { type: 'string', pattern: '^\\d+$' },
    example: '42',
  },
  'Content-Encoding': {
    description:
      'The coding of the body (RFC 9110 8.4), one that `Accept-Encoding` names. Absent where there is none, as for bodies under 1 KB.',
    schema: { type: 'string', enum: ['br', 'zstd', 'gzip'] },
    example: 'gzip',
  },
  ETag: {
    description:
      'Entity tag (RFC 9110 8.8.3). Of a whole record it is strong: its version, with the coding that it is sent in (`"7-gzip"`). Of all else it is weak (`W/"..."`).',
    required: true,
    schema: { type: 'string', pattern: '^(?:"[\\w-]+"|W/"[\\w-]+")$' },
    example: '"7"',
  },
  Location: {
    description: 'URL of the record that was made.',
    required: true,
    schema: { type: 'string', format: 'uri-reference' },
    example: '/api/v1/clinics/665f1c2ab7e4d1f0a1b2c3d5',
  },
  'Idempotent-Replayed': {
    description:
      'There where the request was done before, under the same `Idempotency-Key`, and was not done again: the answer is that of then.',
    schema: { type: 'string', const: 'true' },
    example: 'true',
  },
  Link: {
    description:
      'The pages beside this one (RFC 8288): `first`, `prev` and `next` where there are such; `last` for `page` with an exact count.',
    required: true,
    schema: { type: 'string' },
    example: '</api/v1/clinics?limit=20>; rel="first", </api/v1/clinics?limit=20&cursor=q83vEjRW>; rel="next"',
  },
  Allow: {
    description: 'The methods that the path has (RFC 9110 10.2.1).',
    required: true,
    schema: { type: 'string' },
    example: 'GET, HEAD, POST',
  },
  Accept: {
    description: 'The media type of bodies (RFC 9110 12.5.1).',
    schema: { type: 'string' },
    example: 'application/json',
  },
  'Accept-Patch': {
    description: 'The media types of PATCH bodies (RFC 5789 3.1).',
    schema: { type: 'string' },
    example: 'application/merge-patch+json, application/json',
  },
  'Retry-After': {
    description: 'Seconds to wait before trying again (RFC 9110 10.2.3).',
    schema: { type: 'string', pattern: '^\\d+$' },
    example: '5',
  },
  'WWW-Authenticate': {
    description: 'How to authenticate (RFC 9110 11.6.1).',
    required: true,
    schema: { type: 'string' },
    example: 'Bearer realm="enterprise-service"',
  },
  'RateLimit-Policy': {
    description:
      'The limits that the request was under (draft-ietf-httpapi-ratelimit-headers-11, 3): `q` requests in `w` seconds, for the `tenant` and for the `key`. Absent where there is none.',
    schema: { type: 'string', pattern: `^${listOf('"(?:tenant|key)";q=\\d+;w=\\d+')}$` },
    example: '"tenant";q=1000;w=60',
  },
  RateLimit: {
    description:
      'What is left of each limit (the same draft, 4): `r` requests now; `t` seconds until all of it is there again or, with a 429, until the next request is let through.',
    schema: { type: 'string', pattern: `^${listOf('"(?:tenant|key)";r=\\d+;t=\\d+')}$` },
    example: '"tenant";r=998;t=1',
  },
  'Content-Security-Policy': safe('content-security-policy', 'Nothing in an answer may load, run or be framed.'),
  'Strict-Transport-Security': safe(
    'strict-transport-security',
    'Once seen over TLS, browsers use TLS alone (RFC 6797).',
  ),
  'Referrer-Policy': safe('referrer-policy', 'Links out of an answer do not tell where they stood.'),
  'X-Content-Type-Options': safe('x-content-type-options', 'The media type is what `Content-Type` says.'),
  'Cross-Origin-Resource-Policy': safe('cross-origin-resource-policy', 'Pages of other origins cannot embed it.'),
} as const satisfies Readonly<Record<string, oas31.HeaderObject>>;

export type HeaderName = keyof typeof HEADERS;

/** Those of reads that the client may keep and revalidate. */
const REVALIDATED = ['Vary', 'ETag'] as const satisfies readonly HeaderName[];

/** Those of answers to principals that are limited. */
export const RATE_HEADERS = ['RateLimit-Policy', 'RateLimit'] as const satisfies readonly HeaderName[];

const SAFE: readonly HeaderName[] = Object.keys(HEADERS).filter(isSafe);

function isSafe(name: string): name is HeaderName {
  return Object.hasOwn(SAFE_HEADERS, name.toLowerCase());
}

/** The headers of one answer, as references: those that every answer has, and the named ones. */
export const headers = (...names: readonly HeaderName[]): Record<string, oas31.ReferenceObject> =>
  earlyHeaders('X-Response-Time', ...names);

/** Those of an answer that Node makes before there is a request, and the named ones. */
export const earlyHeaders = (...names: readonly HeaderName[]): Record<string, oas31.ReferenceObject> =>
  Object.fromEntries(
    (['X-Correlation-Id', 'Cache-Control', ...SAFE, ...names] as const).map((name) => [name, reference(name)]),
  );

/** The answers of a read that the client may keep: the one with this body, and that the client has it. */
export const revalidated = (
  read: Pick<ZodOpenApiResponseObject, 'description' | 'content'>,
  ...names: readonly HeaderName[]
): ZodOpenApiResponsesObject => ({
  200: { ...read, headers: headers(...REVALIDATED, 'Content-Encoding', ...names) },
  304: { description: 'The client has the current answer.', headers: headers(...REVALIDATED, ...names) },
});

export const reference = (name: HeaderName): oas31.ReferenceObject => ({ $ref: `#/components/headers/${name}` });

/** One that keeps browsers from doing more with an answer than the API means. */
function safe(name: keyof typeof SAFE_HEADERS, description: string) {
  const value = SAFE_HEADERS[name];
  return { description, required: true, schema: { type: 'string', const: value }, example: value } as const;
}

/** A structured field's list (RFC 9651 3.1) of members of this form. */
function listOf(member: string): string {
  return `${member}(?:, ${member})*`;
}
