import { Injectable } from '@nestjs/common';
import type { ClientSession, ObjectId } from 'mongodb';
import type { Page } from '../../common/database/list-reader.js';
import { notFound } from '../../common/database/resource-repository.js';
import { Transactions } from '../../common/database/transactions.js';
import { assertPrecondition, type Precondition } from '../../common/http/conditional.js';
import { Problem } from '../../common/http/problems.js';
import { bodyChanges, patchedBody, replacedBody } from '../../common/resource/changes.js';
import { DependentsRegistry, nextStatus } from '../../common/resource/lifecycle.js';
import type { ListRequest } from '../../common/resource/list-query.js';
import type { BodyOf } from '../../common/resource/resource.js';
import type { Selection } from '../../common/resource/selection.js';
import {
  type OrganizationSummary,
  OrganizationsRepository,
  type StoredOrganization,
} from './organizations.repository.js';
import { organizationsResource } from './organizations.resource.js';

type OrganizationBody = BodyOf<typeof organizationsResource>;
type OrganizationReplacement = Partial<OrganizationBody>;

@Injectable()
export class OrganizationsService {
  /** Clinics and whatever else is archived with its organization. */
  readonly dependents = new DependentsRegistry();

  constructor(
    private readonly organizations: OrganizationsRepository,
    private readonly transactions: Transactions,
  ) {}

  list(request: ListRequest): Promise<Page> {
    return this.organizations.list(request);
  }

  get(id: ObjectId, selection?: Selection): Promise<StoredOrganization> {
    return this.organizations.get(id, selection);
  }

  async summary(id: ObjectId): Promise<OrganizationSummary> {
    const summary = await this.organizations.summary(id);
    if (summary === null) throw notFound(organizationsResource, id);
    return summary;
  }

  create(body: OrganizationBody): Promise<StoredOrganization> {
    return this.organizations.insert({ status: 'active', subscriptionTier: 'free', ...body });
  }

  replace(id: ObjectId, body: OrganizationReplacement, precondition?: Precondition): Promise<StoredOrganization> {
    return this.change(id, precondition, (current) => replacedBody(organizationsResource, current, body));
  }

  patch(id: ObjectId, patch: unknown, precondition?: Precondition): Promise<StoredOrganization> {
    return this.change(id, precondition, (current) => patchedBody(organizationsResource, current, patch));
  }

  private async change(
    id: ObjectId,
    precondition: Precondition | undefined,
    bodyFor: (current: StoredOrganization) => OrganizationReplacement,
  ): Promise<StoredOrganization> {
    return this.organizations.modify(await this.organizations.get(id), precondition, (current) => {
      const body = bodyFor(current);
      return {
        ...bodyChanges(organizationsResource, body),
        status: nextStatus(current, body.status),
        subscriptionTier: body.subscriptionTier ?? 'free',
        archivedAt: undefined,
      };
    });
  }

  /**
   * Archives the organization, with everything in it when asked to. Archiving an archived one changes nothing.
   * @throws {Problem} `has-dependents`
   */
  archive(id: ObjectId, cascade: boolean, precondition?: Precondition): Promise<void> {
    return this.transactions.run(async (session) => {
      const current = await this.organizations.get(id, undefined, session);
      if (current.status === 'archived') return assertPrecondition(precondition, current.version);
      await this.organizations.modify(
        current,
        precondition,
        () => ({ status: 'archived', archivedAt: new Date() }),
        session,
      );
      await this.dependents.settle(id, cascade, session);
    });
  }

  /**
   * Makes sure, within the transaction, that the organization is there and stays so until the commit.
   * @throws {Problem} `reference-not-live`
   */
  async hold(id: ObjectId, session: ClientSession): Promise<void> {
    if ((await this.organizations.hold(id, session)) !== null) return;
    throw new Problem('reference-not-live', {
      detail: `There is no live organization ${id.toHexString()}.`,
      errors: [{ pointer: '/organizationId', message: 'does not name a live organization' }],
    });
  }
}
