import { Injectable } from '@nestjs/common';
import { type ClientSession, ObjectId } from 'mongodb';
import { isOrganizationRole, isPlatformRole } from '../../common/context/principal.js';
import { currentPrincipal } from '../../common/context/request-context.js';
import { Transactions } from '../../common/database/transactions.js';
import type { ListRequest } from '../../common/lists/list-query.js';
import type { Page } from '../../common/lists/list-reader.js';
import { Problem } from '../../common/problems/problems.js';
import type { BodyOf } from '../../common/resource/resource.js';
import { OrganizationsService } from '../organizations/organizations.service.js';
import { ApiKeysRepository, type StoredApiKey } from './api-keys.repository.js';
import type { apiKeysResource } from './api-keys.resource.js';
import { Authenticator } from './authenticator.js';
import { newKey } from './key-secret.js';

type KeyBody = BodyOf<typeof apiKeysResource>;

interface KeyFields {
  readonly name: string;
  readonly role: string;
  readonly organizationId: ObjectId | null;
  readonly expiresAt: Date | undefined;
}

/** A stored key, and the key itself, which is never seen again. */
export interface MadeKey {
  readonly record: StoredApiKey;
  readonly key: string;
}

@Injectable()
export class ApiKeysService {
  constructor(
    private readonly keys: ApiKeysRepository,
    private readonly organizations: OrganizationsService,
    private readonly transactions: Transactions,
    private readonly authenticator: Authenticator,
  ) {}

  list(request: ListRequest): Promise<Page> {
    return this.keys.list(request);
  }

  get(id: ObjectId): Promise<StoredApiKey> {
    return this.keys.get(id);
  }

  /** @throws {Problem} `validation-failed`, `forbidden`, `reference-not-live` */
  create(body: KeyBody): Promise<MadeKey> {
    const organizationId = ownerOf(body);
    const fits = organizationId === null ? isPlatformRole(body.role) : isOrganizationRole(body.role);
    if (!fits) throw invalid('role', `is no role of ${organizationId === null ? 'the platform' : 'an organization'}`);
    const { name, role } = body;
    const expiresAt = body.expiresAt === undefined ? undefined : new Date(body.expiresAt);
    return this.transactions.run(async (session) => {
      // Here, as a request that is repeated under its idempotency key may come later than that.
      if (expiresAt !== undefined && expiresAt <= new Date()) throw invalid('expiresAt', 'must be in the future');
      return this.make({ name, role, organizationId, expiresAt }, session);
    });
  }

  private async make(fields: KeyFields, session: ClientSession): Promise<MadeKey> {
    if (fields.organizationId !== null) await this.organizations.hold(fields.organizationId, session);
    const { key, prefix, digest } = newKey();
    return { record: await this.keys.insert({ ...fields, prefix, digest }, session), key };
  }

  /** Stops the key, and the tokens issued for it, everywhere within a second. Revoking a revoked one changes nothing. */
  async revoke(id: ObjectId): Promise<void> {
    await this.transactions.run(async (session) => {
      const current = await this.keys.get(id, undefined, session);
      if (!current.revokedAt) await this.keys.modify(current, { revokedAt: new Date() }, session);
    });
    this.authenticator.forget();
  }

  /**
   * Makes a key that takes the place of another, which goes on for the overlap, so that nobody is locked out in between.
   * @throws {Problem} `not-found`, `archived` when the key is revoked or has expired
   */
  async rotate(id: ObjectId, overlapSeconds: number): Promise<MadeKey> {
    const made = await this.transactions.run(async (session) => {
      const old = await this.keys.get(id, undefined, session);
      if (hasEnded(old))
        throw new Problem('archived', { detail: 'The key is revoked or has expired; make a new one.' });
      const { name, role, expiresAt } = old;
      const successor = await this.make(
        { name, role, organizationId: old.organizationId ?? null, expiresAt: expiresAt ?? undefined },
        session,
      );
      const ends = new Date(Date.now() + overlapSeconds * 1000);
      await this.keys.modify(old, { expiresAt: expiresAt && expiresAt < ends ? expiresAt : ends }, session);
      return successor;
    });
    this.authenticator.forget();
    return made;
  }
}

const hasEnded = ({ revokedAt, expiresAt }: StoredApiKey): boolean =>
  Boolean(revokedAt) || (expiresAt instanceof Date && expiresAt <= new Date());

/** Whose key it will be: an organization's admin makes keys of its organization alone. */
function ownerOf({ organizationId }: KeyBody): ObjectId | null {
  const principal = currentPrincipal();
  if (principal.kind === 'organization') {
    if (organizationId === null)
      throw new Problem('forbidden', { detail: 'A key of the platform is made by its admins.' });
    return organizationId === undefined ? principal.organizationId : new ObjectId(organizationId);
  }
  if (organizationId === undefined) throw invalid('organizationId', 'is required; null for a key of the platform');
  return organizationId === null ? null : new ObjectId(organizationId);
}

const invalid = (field: string, message: string): Problem =>
  new Problem('validation-failed', { errors: [{ pointer: `/${field}`, message }] });
