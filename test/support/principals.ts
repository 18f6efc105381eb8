import { ObjectId } from 'mongodb';
import { ApiClient } from './api-client.js';
import { type ApiRecord, Directory } from './directory.js';
import type { TestService } from './service.js';

/** An API key as it was made. */
export interface MadeKey {
  readonly id: string;
  readonly key: string;
  readonly record: ApiRecord;
  /** Calls the API with it. */
  readonly api: ApiClient;
}

export const PLATFORM_ROLES = ['admin', 'read-only', 'ops'] as const;
export const ORGANIZATION_ROLES = ['admin', 'editor', 'viewer'] as const;

/** Makes an API key; as the platform's admin unless somebody else is given. */
export async function makeKey(
  service: TestService,
  organizationId: string | null,
  role: string,
  {
    as = service.api,
    ...fields
  }: { readonly as?: ApiClient; readonly name?: string; readonly expiresAt?: string } = {},
): Promise<MadeKey> {
  const answer = await as.post('/auth/keys', { organizationId, role, name: `key of a test (${role})`, ...fields });
  if (answer.status !== 201) throw new Error(`POST /auth/keys answered ${JSON.stringify(answer.body)}`);
  const record = answer.body as ApiRecord;
  const key = String(record['key']);
  return { id: record.id, key, record, api: clientOf(service, key) };
}

/** Calls the API with any credential, or none. */
export const clientOf = ({ url }: Pick<TestService, 'url'>, credential: string | undefined): ApiClient =>
  new ApiClient(`${url}/api/v1`, credential);

/** Whoever may knock at the door: what they present, and as whom they are let in. */
export interface Caller {
  readonly name: CallerName;
  readonly credential: string | undefined;
  readonly api: ApiClient;
}

export const CALLERS = {
  'a platform admin': { kind: 'platform', role: 'admin' },
  'a platform reader': { kind: 'platform', role: 'read-only' },
  'an operator': { kind: 'platform', role: 'ops' },
  "an organization's admin": { kind: 'organization', role: 'admin' },
  "an organization's editor": { kind: 'organization', role: 'editor' },
  "an organization's viewer": { kind: 'organization', role: 'viewer' },
  nobody: { kind: 'stranger' },
  'a key of a suspended organization': { kind: 'stranger' },
  'a key of an archived organization': { kind: 'stranger' },
  'a revoked key': { kind: 'stranger' },
  'an expired key': { kind: 'stranger' },
} as const;

export type CallerName = keyof typeof CALLERS;

/** One caller of each kind; those of an organization belong to the given one. */
export async function everyCaller(service: TestService, organizationId: string): Promise<Record<CallerName, Caller>> {
  const directory = new Directory(service.api);
  const [suspended, archived] = [await directory.organization(), await directory.organization()];
  const keys: Readonly<Record<Exclude<CallerName, 'nobody'>, MadeKey>> = {
    'a platform admin': await makeKey(service, null, 'admin'),
    'a platform reader': await makeKey(service, null, 'read-only'),
    'an operator': await makeKey(service, null, 'ops'),
    "an organization's admin": await makeKey(service, organizationId, 'admin'),
    "an organization's editor": await makeKey(service, organizationId, 'editor'),
    "an organization's viewer": await makeKey(service, organizationId, 'viewer'),
    'a key of a suspended organization': await makeKey(service, suspended.id, 'admin'),
    'a key of an archived organization': await makeKey(service, archived.id, 'admin'),
    'a revoked key': await makeKey(service, organizationId, 'admin'),
    'an expired key': await makeKey(service, organizationId, 'admin'),
  };
  await service.api.patch(`/organizations/${suspended.id}`, { status: 'suspended' });
  await service.api.delete(`/organizations/${archived.id}`);
  await service.api.delete(`/auth/keys/${keys['a revoked key'].id}`);
  await expire(service, keys['an expired key']);
  const caller = (name: CallerName, credential: string | undefined): Caller => ({
    name,
    credential,
    api: clientOf(service, credential),
  });
  const known = Object.entries(keys).map(([name, { key }]) => [name, caller(name as CallerName, key)]);
  return { ...Object.fromEntries(known), nobody: caller('nobody', undefined) };
}

/** Lets a key's time be over: the API makes none that has expired already. */
export async function expire({ db }: TestService, { id }: MadeKey): Promise<void> {
  await db.collection('api_keys').updateOne({ _id: new ObjectId(id) }, { $set: { expiresAt: new Date(1) } });
}
