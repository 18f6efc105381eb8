import type { ObjectId } from 'mongodb';

/** What a principal may do. A route names the one that it needs. */
export type Scope =
  | 'directory:read'
  | 'directory:write'
  | 'organization:write'
  | 'organizations:manage'
  | 'keys:manage'
  | 'audit:read'
  | 'ops:read'
  | 'ops:write';

/** The roles of each kind of principal with their scopes; tokens and keys carry the role, never the scopes. */
export const ROLES = {
  platform: {
    admin: [
      'directory:read',
      'directory:write',
      'organization:write',
      'organizations:manage',
      'keys:manage',
      'audit:read',
      'ops:read',
      'ops:write',
    ],
    'read-only': ['directory:read', 'ops:read'],
    ops: ['ops:read', 'ops:write'],
  },
  organization: {
    admin: ['directory:read', 'directory:write', 'organization:write', 'keys:manage'],
    editor: ['directory:read', 'directory:write'],
    viewer: ['directory:read'],
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, readonly Scope[]>>>>;

export type PlatformRole = keyof typeof ROLES.platform;
export type OrganizationRole = keyof typeof ROLES.organization;

interface Identity {
  /** The API key that the principal signed in with, or that its token was issued for. */
  readonly keyId: string;
  readonly scopes: ReadonlySet<Scope>;
}

/** Sees all organizations, as far as its scopes go. */
export interface PlatformPrincipal extends Identity {
  readonly kind: 'platform';
  readonly role: PlatformRole;
}

/** Sees and writes its own organization alone. */
export interface OrganizationPrincipal extends Identity {
  readonly kind: 'organization';
  readonly role: OrganizationRole;
  readonly organizationId: ObjectId;
  /** The same as text, made once. */
  readonly tenant: string;
}

export type Principal = PlatformPrincipal | OrganizationPrincipal;

export const isPlatformRole = (role: string): role is PlatformRole => Object.hasOwn(ROLES.platform, role);
export const isOrganizationRole = (role: string): role is OrganizationRole => Object.hasOwn(ROLES.organization, role);

const platformScopes = mapValues(ROLES.platform);
const organizationScopes = mapValues(ROLES.organization);

function mapValues<Role extends string>(
  roles: Readonly<Record<Role, readonly Scope[]>>,
): Map<string, ReadonlySet<Scope>> {
  return new Map(Object.entries<readonly Scope[]>(roles).map(([role, scopes]) => [role, new Set(scopes)]));
}

const NONE: ReadonlySet<Scope> = new Set();

export const platformPrincipal = (role: PlatformRole, keyId: string): PlatformPrincipal => ({
  kind: 'platform',
  role,
  keyId,
  scopes: platformScopes.get(role) ?? NONE,
});

export const organizationPrincipal = (
  role: OrganizationRole,
  keyId: string,
  organizationId: ObjectId,
): OrganizationPrincipal => ({
  kind: 'organization',
  role,
  keyId,
  organizationId,
  tenant: organizationId.toHexString(),
  scopes: organizationScopes.get(role) ?? NONE,
});
