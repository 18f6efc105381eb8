import type { oas31 } from 'zod-openapi';

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
    description: 'The request headers that the answer depends on (RFC 9110 12.5.5).',
    required: true,
    schema: { type: 'string' },
    example: 'Authorization, Accept-Encoding, X-API-Key',
  },
  ETag: {
    description: 'Strong entity tag of the whole answer (RFC 9110 8.8.3); absent where `fields` selects a part.',
    schema: { type: 'string', pattern: '^"[^"]+"$' },
    example: '"7"',
  },
  Location: {
    description: 'URL of the record that was made.',
    required: true,
    schema: { type: 'string', format: 'uri-reference' },
    example: '/api/v1/clinics/665f1c2ab7e4d1f0a1b2c3d5',
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
} as const satisfies Readonly<Record<string, oas31.HeaderObject>>;

export type HeaderName = keyof typeof HEADERS;

/** The headers of one answer, as references: those that every answer has, and the named ones. */
export const headers = (...names: readonly HeaderName[]): Record<string, oas31.ReferenceObject> =>
  Object.fromEntries(
    (['X-Correlation-Id', 'X-Response-Time', 'Cache-Control', ...names] as const).map((name) => [
      name,
      { $ref: `#/components/headers/${name}` },
    ]),
  );
