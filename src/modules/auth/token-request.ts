import { z } from 'zod';

/** A token request (RFC 6749 4.4.2); the client may name itself by HTTP Basic instead (2.3.1). */
export const tokenBody = z.strictObject({
  grant_type: z.literal('client_credentials'),
  client_id: z.string().max(200).optional().describe('The id of an API key.'),
  client_secret: z.string().max(500).optional().describe('The API key.'),
  scope: z.string().max(500).optional().describe("Accepted and not needed: a token has its key's scopes."),
});

/** RFC 6749 5.1. */
export const tokenAnswer = z.object({
  access_token: z.string(),
  token_type: z.literal('Bearer'),
  expires_in: z.int().describe('Seconds.'),
  scope: z.string(),
});
