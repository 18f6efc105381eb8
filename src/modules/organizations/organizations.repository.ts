import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { ObjectId } from 'mongodb';
import type { AnyObject, Model } from 'mongoose';
import { RepositoryTools, ResourceRepository, type StoredRecord } from '../../common/database/resource-repository.js';
import { tenantFilter } from '../../common/tenancy/tenant-scope.js';
import type { Organization } from '../../schemas/organization.schema.js';
import { organizationsResource } from './organizations.resource.js';

export type StoredOrganization = Organization & StoredRecord;

@Injectable()
export class OrganizationsRepository extends ResourceRepository<StoredOrganization> {
  constructor(@InjectModel('organizations') model: Model<AnyObject>, tools: RepositoryTools) {
    super(model, organizationsResource, tools, '_id');
  }

  async idsBySlug(slugs: readonly string[]): Promise<ReadonlyMap<string, ObjectId>> {
    const found = await this.model.collection
      .find<{ _id: ObjectId; slug: string }>(tenantFilter('_id', { slug: { $in: [...slugs] } }), {
        projection: { slug: 1 },
      })
      .toArray();
    return new Map(found.map(({ _id, slug }) => [slug, _id]));
  }

  /**
   * The organization with the counts of what it has, in one aggregation: each count reads one index
   * range of its collection and no documents.
   */
  async summary(id: ObjectId): Promise<OrganizationSummary | null> {
    const [summary] = await this.read((options) =>
      this.model.collection
        .aggregate<OrganizationSummary>(
          [
            { $match: tenantFilter('_id', { _id: id }) },
            countByStatus('clinics', id),
            countByStatus('providers', id),
            {
              $lookup: {
                from: 'provider_clinic_assignments',
                pipeline: [{ $match: { organizationId: id, isActive: true } }, { $count: 'count' }],
                as: 'assignments',
              },
            },
            {
              $project: {
                _id: 0,
                id: '$_id',
                name: 1,
                status: 1,
                subscriptionTier: 1,
                clinics: { $arrayToObject: '$clinics' },
                providers: { $arrayToObject: '$providers' },
                activeAssignments: { $sum: { $map: { input: '$assignments', in: '$$this.count' } } },
              },
            },
          ],
          options,
        )
        .toArray(),
    );
    return summary ?? null;
  }
}

export interface OrganizationSummary {
  readonly id: ObjectId;
  readonly name: string;
  readonly status: string;
  readonly subscriptionTier: string;
  /** Counts by status; a status that none has is missing. */
  readonly clinics: Readonly<Record<string, number>>;
  readonly providers: Readonly<Record<string, number>>;
  readonly activeAssignments: number;
}

const countByStatus = (collection: string, organizationId: ObjectId) => ({
  $lookup: {
    from: collection,
    pipeline: [
      { $match: { organizationId } },
      { $group: { _id: '$status', count: { $sum: 1 } } },
      { $project: { _id: 0, k: '$_id', v: '$count' } },
    ],
    as: collection,
  },
});
