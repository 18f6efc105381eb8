import type { oas31 } from 'zod-openapi';

/** Parameters that many operations share. */
export const PARAMETERS = {
  CorrelationId: {
    name: 'X-Correlation-Id',
    in: 'header',
    description: 'A name for the request, to be found in the logs and in the answer. Anything else is replaced.',
    schema: { type: 'string', pattern: '^[\\w.:-]{1,128}$', examples: ['import-2026-11-21:42'] },
  },
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    description:
      'A name for the request, so that it can be sent again when its answer was lost (draft-ietf-httpapi-idempotency-key-header-07): within 24 hours the same request gets the same answer, and nothing is done twice. A string of 1 to 255 visible ASCII characters, quoted or not; choose one at random for each request, such as a UUID. A request that was refused has used no key.',
    schema: { type: 'string', pattern: '^[!-~]+$', examples: ['"8e03978e-40d5-43dd-bc93-6894a57f9324"'] },
  },
  IfMatch: {
    name: 'If-Match',
    in: 'header',
    description:
      'The entity tags of the versions to change, or `*` for any; the record must have one of them (RFC 9110 13.1.1). Services with REQUIRE_IF_MATCH demand it.',
    schema: { type: 'string', examples: ['"7"'] },
  },
  IfNoneMatch: {
    name: 'If-None-Match',
    in: 'header',
    description:
      'The entity tags of what the client has, or `*`: 304 if one of them is still current, compared weakly (RFC 9110 13.1.2).',
    schema: { type: 'string', examples: ['"7"', 'W/"2jmj7l5rSw0yVb_vlWAYkK_YBwk"'] },
  },
  AcceptEncoding: {
    name: 'Accept-Encoding',
    in: 'header',
    description: 'The codings that the client takes (RFC 9110 12.5.3): `br`, `zstd` and `gzip` are known.',
    schema: { type: 'string', examples: ['br, gzip;q=0.8'] },
  },
  CacheControl: {
    name: 'Cache-Control',
    in: 'header',
    description:
      '`no-cache` or `no-store` asks the database itself (RFC 9111 5.2.1): it costs more, and is no more current.',
    schema: { type: 'string', examples: ['no-cache'] },
  },
  RequestTimeout: {
    name: 'X-Request-Timeout',
    in: 'header',
    description:
      'Milliseconds within which the answer is wanted: 504 after them, and what is done for the request ends. A longer time than the route allows is not granted.',
    schema: { type: 'string', pattern: '^[1-9]\\d{0,6}$', examples: ['2000'] },
  },
} as const satisfies Readonly<Record<string, oas31.ParameterObject>>;

/** A reference to a shared parameter. */
export const parameter = (name: keyof typeof PARAMETERS): oas31.ReferenceObject => ({
  $ref: `#/components/parameters/${name}`,
});

/** What every read that the client may keep understands. */
export const REVALIDATING: readonly oas31.ReferenceObject[] = [parameter('IfNoneMatch'), parameter('AcceptEncoding')];

/** What a read that is cached here understands. */
export const CACHED: readonly oas31.ReferenceObject[] = [...REVALIDATING, parameter('CacheControl')];

/** The id of a record in a path. */
export const idParameter = (singular: string, example: unknown): oas31.ParameterObject => ({
  name: 'id',
  in: 'path',
  required: true,
  description: `Id of the ${singular}.`,
  schema: { type: 'string', pattern: '^[0-9a-fA-F]{24}$', examples: [example] },
});
