import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { json, requestBody } from '../../common/openapi/bodies.js';
import { guardedPost } from '../../common/openapi/guarded.js';
import { headers } from '../../common/openapi/headers.js';
import { parameter } from '../../common/openapi/parameters.js';
import { problemResponses } from '../../common/openapi/problem-responses.js';
import { PUBLIC, WITH_BODY } from '../../common/openapi/problem-sets.js';
import { apiKeysResource } from '../auth/api-keys.resource.js';
import { tokenAnswer, tokenBody } from '../auth/token-request.js';

const tags = ['Tokens'];
const kid = z.string().describe('RFC 7638 thumbprint of the public key.');
const exampleKid = 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k';

const jwks = z
  .strictObject({
    keys: z.array(
      z.strictObject({
        kty: z.literal('OKP'),
        crv: z.literal('Ed25519'),
        x: z.string().describe('The public key (RFC 8037 2).'),
        kid,
        alg: z.literal('EdDSA'),
        use: z.literal('sig'),
      }),
    ),
  })
  .meta({ id: 'Jwks', description: 'A JWK set (RFC 7517 5).' });

const request = tokenBody.meta({
  id: 'TokenRequest',
  description: 'A token request (RFC 6749 4.4.2). The client names itself here or by HTTP Basic.',
});

/** Tokens for keys (OAuth 2.0 client credentials), and what they are verified with. */
export const tokenPaths = {
  '/api/v1/auth/token': {
    parameters: [parameter('CorrelationId')],
    post: {
      operationId: 'createToken',
      tags,
      summary: 'Get a token for a key',
      description:
        "The client's id is the id of an API key, its secret the key; in the body, or by HTTP Basic, which counts where both are sent. The token has the scopes of the key's role and stops with the key. Anybody may ask, and again: nothing is written, and an `Idempotency-Key` means nothing here.",
      security: [{ client: [] }, {}],
      requestBody: requestBody(
        { 'application/x-www-form-urlencoded': request, 'application/json': request },
        {
          grant_type: 'client_credentials',
          client_id: apiKeysResource.example['id'],
          client_secret: `${apiKeysResource.example['prefix']}_6Yk3vSgqQkB1uA0xv0bXo1bXr2t4b8zq0aH5m7cN9dE`,
        },
      ),
      responses: {
        200: {
          description: 'The token (RFC 6749 5.1).',
          headers: headers(),
          content: json(tokenAnswer.meta({ id: 'Token', description: 'A bearer token.' }), {
            access_token: 'eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiI2NjVmMWMyYWI3ZTRkMWYwYTFiMmMzZDgifQ.c2lnbmF0dXJl',
            token_type: 'Bearer',
            expires_in: 900,
            scope: 'directory:read directory:write',
          }),
        },
        ...problemResponses([...PUBLIC, ...WITH_BODY, 'unauthenticated', 'too-many-logins', 'service-unavailable']),
      },
    },
  },
  '/api/v1/auth/signing-keys/rotate': {
    parameters: [parameter('CorrelationId')],
    post: guardedPost(
      { scope: 'keys:manage', platform: true },
      {
        operationId: 'rotateSigningKeys',
        tags,
        summary: 'Sign tokens with a new key',
        description:
          'The service does so by itself every 30 days. Tokens that the old key has signed stay valid until they expire. A body is not needed; one that is sent must be JSON all the same, and is ignored.',
        answers: {
          201: {
            description: 'The key that signs from now on.',
            headers: headers(),
            content: json(z.strictObject({ kid }).meta({ id: 'SigningKey' }), { kid: exampleKid }),
          },
        },
        problems: [...WITH_BODY, 'write-conflict'],
      },
    ),
  },
  '/.well-known/jwks.json': {
    parameters: [parameter('CorrelationId')],
    get: {
      operationId: 'getJwks',
      tags,
      summary: 'Get the public keys of the tokens',
      security: [],
      responses: {
        200: {
          description: 'Those whose tokens can be valid.',
          headers: headers('Vary', 'Content-Encoding'),
          content: json(jwks, {
            keys: [
              {
                kty: 'OKP',
                crv: 'Ed25519',
                x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
                kid: exampleKid,
                alg: 'EdDSA',
                use: 'sig',
              },
            ],
          }),
        },
        ...problemResponses([...PUBLIC, 'service-unavailable']),
      },
    },
  },
} satisfies ZodOpenApiPathsObject;
