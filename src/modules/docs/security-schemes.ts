import type { oas31 } from 'zod-openapi';
import type { Scope } from '../../common/context/principal.js';

/** What each scope lets its holder do. */
const SCOPES = {
  'directory:read': 'Read organizations, clinics, providers and assignments.',
  'directory:write': 'Make, change and remove clinics, providers and assignments.',
  'organization:write': 'Change organizations.',
  'organizations:manage': 'Make and archive organizations.',
  'keys:manage': 'Make, rotate and revoke API keys.',
  'audit:read': 'Read the audit log.',
  'ops:read': 'See how the service performs.',
  'ops:write': 'Operate the service.',
} as const satisfies Readonly<Record<Scope, string>>;

/** The ways to sign in. */
export const securitySchemes = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'API key or JWT',
    description: 'An API key, a token of this service, or one of the external issuer (RFC 6750).',
  },
  apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'An API key.' },
  oauth2: {
    type: 'oauth2',
    description:
      "A token for an API key: the key's id is the client's id, the key its secret. The token has all scopes of the key's role.",
    flows: { clientCredentials: { tokenUrl: '/api/v1/auth/token', scopes: SCOPES } },
  },
  client: {
    type: 'http',
    scheme: 'basic',
    description: 'For token requests alone: the id of an API key and the key (RFC 6749 2.3.1).',
  },
} as const satisfies Readonly<Record<string, oas31.SecuritySchemeObject>>;
