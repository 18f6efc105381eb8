import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { ObjectId } from 'mongodb';
import type { AnyObject, Model } from 'mongoose';
import type { DatabaseGate } from '../../common/database/database-gate.js';
import { RepositoryTools, ResourceRepository, type StoredRecord } from '../../common/database/resource-repository.js';
import type { ApiKey } from '../../schemas/api-key.schema.js';
import { apiKeysResource } from './api-keys.resource.js';
import {
  type CredentialLookup,
  type CredentialState,
  type KeyState,
  lookupName,
  type OrganizationState,
} from './credential-states.js';

export type StoredApiKey = ApiKey & StoredRecord;

interface KeyDocument extends StoredApiKey {
  readonly organization: readonly OrganizationDocument[];
}

interface OrganizationDocument {
  readonly _id: ObjectId;
  readonly status: string;
  readonly subscriptionTier: string;
}

@Injectable()
export class ApiKeysRepository extends ResourceRepository<StoredApiKey> {
  private readonly gate: DatabaseGate;

  constructor(@InjectModel('keys') model: Model<AnyObject>, tools: RepositoryTools) {
    super(model, apiKeysResource, tools);
    this.gate = tools.gate;
  }

  /**
   * The states of the credentials that exist, by the name of the lookup. Two queries at most, whatever is
   * looked up: the keys with their organizations, and the organizations that stand alone. Asked before
   * anybody is signed in, so no tenant confines it; and for cache hits too, so no read of others holds it up.
   */
  async states(lookups: readonly CredentialLookup[]): Promise<ReadonlyMap<string, CredentialState>> {
    const [keys, organizations] = await Promise.all([this.keyDocuments(lookups), this.organizationDocuments(lookups)]);
    const states = new Map<string, CredentialState>();
    for (const document of keys) {
      const key = keyState(document);
      const state = { key, organization: document.organization.map(organizationState)[0] };
      states.set(lookupName({ digest: key.digest }), state);
      states.set(lookupName({ keyId: key.id.toHexString() }), state);
    }
    for (const document of organizations) {
      const organization = organizationState(document);
      states.set(lookupName({ organizationId: organization.id.toHexString() }), { key: undefined, organization });
    }
    return states;
  }

  private async keyDocuments(lookups: readonly CredentialLookup[]): Promise<readonly KeyDocument[]> {
    const digests = lookups.flatMap((lookup) => ('digest' in lookup ? [lookup.digest] : []));
    const ids = lookups.flatMap((lookup) => ('keyId' in lookup ? [new ObjectId(lookup.keyId)] : []));
    if (digests.length + ids.length === 0) return [];
    return this.gate.readAhead((options) =>
      this.model.collection
        .aggregate<KeyDocument>(
          [
            { $match: { digest: { $in: digests } } },
            { $unionWith: { coll: this.model.collection.name, pipeline: [{ $match: { _id: { $in: ids } } }] } },
            {
              $lookup: {
                from: 'organizations',
                localField: 'organizationId',
                foreignField: '_id',
                pipeline: [{ $project: ORGANIZATION_FIELDS }],
                as: 'organization',
              },
            },
          ],
          options,
        )
        .toArray(),
    );
  }

  private async organizationDocuments(lookups: readonly CredentialLookup[]): Promise<readonly OrganizationDocument[]> {
    const ids = lookups.flatMap((lookup) => ('organizationId' in lookup ? [new ObjectId(lookup.organizationId)] : []));
    if (ids.length === 0) return [];
    return this.gate.readAhead((options) =>
      this.model.db
        .collection('organizations')
        .find<OrganizationDocument>({ _id: { $in: ids } }, { ...options, projection: ORGANIZATION_FIELDS })
        .toArray(),
    );
  }

  /** Notes that the keys were used; a statistic, so it raises no version. */
  async used(ids: readonly ObjectId[], at: Date): Promise<void> {
    await this.model.updateMany({ _id: { $in: [...ids] } }, { $max: { lastUsedAt: at } });
  }
}

const ORGANIZATION_FIELDS = { status: 1, subscriptionTier: 1 } as const;

const keyState = ({ _id, digest, organizationId, role, expiresAt, revokedAt }: KeyDocument): KeyState => ({
  id: _id,
  digest,
  role,
  ofPlatform: organizationId === null,
  expiresAt: expiresAt ?? undefined,
  revoked: revokedAt instanceof Date,
});

const organizationState = ({ _id, status, subscriptionTier }: OrganizationDocument): OrganizationState => ({
  id: _id,
  active: status === 'active',
  tier: subscriptionTier,
});
