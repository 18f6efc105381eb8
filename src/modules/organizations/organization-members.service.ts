import type { OnModuleInit } from '@nestjs/common';
import type DataLoader from 'dataloader';
import { type ClientSession, ObjectId } from 'mongodb';
import type { Found } from '../../common/cache/coherent-cache.js';
import { CachedReads } from '../../common/database/cached-reads.js';
import { type Insertion, insertEach } from '../../common/database/insert-each.js';
import { DependentsRegistry, nextStatus } from '../../common/database/lifecycle.js';
import type { Precondition } from '../../common/database/precondition.js';
import { Transactions } from '../../common/database/transactions.js';
import { requestLoader } from '../../common/dataloader/request-loader.js';
import type { ListRequest } from '../../common/lists/list-query.js';
import type { Page } from '../../common/lists/list-reader.js';
import { Problem } from '../../common/problems/problems.js';
import { bodyChanges, patchedBody, replacedBody } from '../../common/resource/changes.js';
import type { ResourceDefinition } from '../../common/resource/resource.js';
import type { Selection } from '../../common/resource/selection.js';
import { confinedTo } from '../../common/tenancy/tenant-scope.js';
import type { OrganizationMembersRepository, StoredMember } from './organization-members.repository.js';
import { OrganizationsService } from './organizations.service.js';

/** What the bodies of such resources have in common. */
export interface MemberBody {
  readonly organizationId?: string | undefined;
  readonly status?: 'active' | 'inactive' | undefined;
}

/**
 * The rules of what an organization has, clinics and providers alike: they are made in a live
 * organization, archived with it, and own their assignments.
 */
export abstract class OrganizationMembersService<Stored extends StoredMember, Body extends MemberBody>
  implements OnModuleInit
{
  /** Assignments end with the clinic or the provider. */
  readonly dependents = new DependentsRegistry();

  protected constructor(
    private readonly members: OrganizationMembersRepository<Stored>,
    private readonly resource: ResourceDefinition<Body>,
    private readonly organizations: OrganizationsService,
    private readonly transactions: Transactions,
    private readonly cached: CachedReads,
    private readonly batchWindowMs: number,
  ) {}

  onModuleInit(): void {
    this.organizations.dependents.register({
      name: this.resource.name,
      count: (organizationId, session) => this.members.countLiveOf(organizationId, session),
      archive: (organization, session) => this.members.archiveAllOf(organization, session),
    });
  }

  list(request: ListRequest): Promise<Page> {
    return this.members.list(request);
  }

  get(id: ObjectId, selection?: Selection): Promise<Stored> {
    return this.members.get(id, selection);
  }

  /** Loads records by id for the current request: all that one turn asks for and isn't cached is one query. */
  loader(): DataLoader<string, Found> {
    const { cached, members } = this;
    return requestLoader(this.resource.name, (ids) => cached.records(members, ids), this.batchWindowMs);
  }

  /** @throws {Problem} `validation-failed`, `reference-not-live`, `conflict` */
  create(body: Body): Promise<Stored> {
    const fields = completed(body);
    return this.transactions.run(async (session) => {
      await this.organizations.hold(new ObjectId(fields.organizationId), session);
      return this.members.insert(fields, session);
    });
  }

  /** Makes many at once; one that can't be made doesn't stop the others. */
  createMany(bodies: readonly Body[]): Promise<Insertion<Stored>[]> {
    return insertEach(this.members, this.transactions, bodies.map(completed), async (fresh, session) => {
      const organizationIds = new Set(fresh.map(({ organizationId }) => organizationId));
      const objection = await this.organizations.holdAll([...organizationIds], session);
      return ({ organizationId }) => objection(organizationId);
    });
  }

  replace(id: ObjectId, body: Partial<Body>, precondition?: Precondition): Promise<Stored> {
    return this.change(id, precondition, (current) => replacedBody(this.resource, current, body));
  }

  patch(id: ObjectId, patch: unknown, precondition?: Precondition): Promise<Stored> {
    return this.change(id, precondition, (current) => patchedBody(this.resource, current, patch));
  }

  private async change(
    id: ObjectId,
    precondition: Precondition | undefined,
    bodyFor: (current: Stored) => Partial<Body>,
  ): Promise<Stored> {
    return this.transactions.run(async (session) => {
      const current = await this.members.getForChange(id, precondition, session);
      const body = bodyFor(current);
      const status = nextStatus(current, body.status);
      // Brought back only while its organization is live.
      if (current.status === 'archived') await this.organizations.hold(current.organizationId, session);
      const changes = { ...bodyChanges(this.resource, body), status, archivedAt: undefined };
      return this.members.modify(current, changes, session);
    });
  }

  /**
   * Archives the record, and ends its assignments when asked to. Archiving an archived one changes nothing.
   * @throws {Problem} `has-dependents`
   */
  archive(id: ObjectId, cascade: boolean, precondition?: Precondition): Promise<void> {
    return this.transactions.run(async (session) => {
      const current = await this.members.getForChange(id, precondition, session);
      if (current.status === 'archived') return;
      const archived = { status: 'archived', archivedAt: new Date() };
      await this.members.modify(current, archived, session);
      await this.dependents.settle({ recordId: id, organizationId: current.organizationId }, cascade, session);
    });
  }

  /**
   * The record, held in the transaction so that it stays live until the commit; null when it isn't live
   * or doesn't belong to the organization.
   */
  hold(id: ObjectId, session: ClientSession, organizationId?: ObjectId): Promise<Stored | null> {
    return this.members.hold(id, session, organizationId === undefined ? {} : { organizationId });
  }
}

/**
 * The body with its defaults and its organization, which is the principal's own unless it names one.
 * @throws {Problem} `validation-failed`
 */
function completed<Body extends MemberBody>(body: Body) {
  const organizationId = body.organizationId ?? confinedTo()?.toHexString();
  if (organizationId === undefined) {
    throw new Problem('validation-failed', { errors: [{ pointer: '/organizationId', message: 'is required' }] });
  }
  return { ...body, status: body.status ?? 'active', organizationId };
}
