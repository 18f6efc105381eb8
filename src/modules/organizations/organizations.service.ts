import { Injectable } from '@nestjs/common';
import { type ClientSession, ObjectId } from 'mongodb';
import { censusTag, recordTag, resourceTag } from '../../common/cache/tags.js';
import { notFound } from '../../common/database/absence.js';
import { type Insertion, insertEach } from '../../common/database/insert-each.js';
import { DependentsRegistry, nextStatus } from '../../common/database/lifecycle.js';
import type { Precondition } from '../../common/database/precondition.js';
import { Transactions } from '../../common/database/transactions.js';
import type { ListRequest } from '../../common/lists/list-query.js';
import type { Page } from '../../common/lists/list-reader.js';
import { Problem } from '../../common/problems/problems.js';
import { bodyChanges, patchedBody, replacedBody } from '../../common/resource/changes.js';
import type { BodyOf } from '../../common/resource/resource.js';
import type { Selection } from '../../common/resource/selection.js';
import { confinedTo } from '../../common/tenancy/tenant-scope.js';
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
    return this.transactions.run((session) => this.organizations.insert(completed(body), session));
  }

  /** Makes many at once; one that can't be made doesn't stop the others. */
  createMany(bodies: readonly OrganizationBody[]): Promise<Insertion<StoredOrganization>[]> {
    return insertEach(this.organizations, this.transactions, bodies.map(completed));
  }

  /** The ids of the organizations with these slugs; unknown ones are missing. */
  idsBySlug(slugs: readonly string[]): Promise<ReadonlyMap<string, ObjectId>> {
    return this.organizations.idsBySlug(slugs);
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
    return this.transactions.run(async (session) => {
      const current = await this.organizations.getForChange(id, precondition, session);
      const body = bodyFor(current);
      const changes = {
        ...bodyChanges(organizationsResource, body),
        status: nextStatus(current, body.status),
        subscriptionTier: body.subscriptionTier ?? 'free',
        archivedAt: undefined,
      };
      refusePlatformFields(current, changes);
      return this.organizations.modify(current, changes, session);
    });
  }

  /**
   * Archives the organization, with everything in it when asked to. Archiving an archived one changes nothing.
   * @throws {Problem} `has-dependents`
   */
  archive(id: ObjectId, cascade: boolean, precondition?: Precondition): Promise<void> {
    return this.transactions.run(async (session) => {
      const current = await this.organizations.getForChange(id, precondition, session);
      if (current.status === 'archived') return;
      const archived = { status: 'archived', archivedAt: new Date() };
      await this.organizations.modify(current, archived, session);
      await this.dependents.settle({ recordId: id, organizationId: id }, cascade, session);
    });
  }

  /**
   * Makes sure, within the transaction, that the organization is there and stays so until the commit.
   * @throws {Problem} `reference-not-live`
   */
  async hold(id: ObjectId, session: ClientSession): Promise<void> {
    if ((await this.organizations.hold(id, session)) === null) throw notLive(id.toHexString());
  }

  /**
   * Holds all of them that are live.
   * @returns what speaks against something under the organization with this id
   */
  async holdAll(
    ids: readonly string[],
    session: ClientSession,
  ): Promise<(organizationId: string) => Problem | undefined> {
    const held = await this.organizations.holdAll(
      ids.map((id) => new ObjectId(id)),
      session,
    );
    const live = new Set(held.map((id) => id.toHexString()));
    return (organizationId) => (live.has(organizationId) ? undefined : notLive(organizationId));
  }
}

/**
 * An organization's own admin manages its data, but not whether it may use the service, nor its plan.
 * @throws {Problem} `forbidden`
 */
function refusePlatformFields(
  current: StoredOrganization,
  next: { readonly status: string; readonly subscriptionTier: string },
): void {
  if (confinedTo() === undefined) return;
  if (next.status === current.status && next.subscriptionTier === current.subscriptionTier) return;
  throw new Problem('forbidden', { detail: 'status and subscriptionTier are set by the platform.' });
}

/** What the summary of an organization shows: the organization, and how many it has of what belongs to it. */
export const summaryDependsOn = (id: string): readonly string[] => [
  recordTag(organizationsResource.name, id.toLowerCase()),
  ...['clinics', 'providers', 'assignments'].flatMap((counted) => [
    censusTag(counted, id.toLowerCase()),
    resourceTag(counted),
  ]),
];

const completed = (body: OrganizationBody) => ({ status: 'active', subscriptionTier: 'free', ...body });

const notLive = (id: string): Problem =>
  new Problem('reference-not-live', {
    detail: `There is no live organization ${id}.`,
    errors: [{ pointer: '/organizationId', message: 'does not name a live organization' }],
  });
