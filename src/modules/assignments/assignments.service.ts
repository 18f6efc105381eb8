import { Injectable, type OnModuleInit } from '@nestjs/common';
import type DataLoader from 'dataloader';
import { type ClientSession, ObjectId } from 'mongodb';
import type { Found } from '../../common/cache/coherent-cache.js';
import { CachedReads, foundValue } from '../../common/database/cached-reads.js';
import type { DependentsRegistry } from '../../common/database/lifecycle.js';
import type { Precondition } from '../../common/database/precondition.js';
import { Transactions } from '../../common/database/transactions.js';
import { type ListRequest, pageName } from '../../common/lists/list-query.js';
import type { Page } from '../../common/lists/list-reader.js';
import { Problem } from '../../common/problems/problems.js';
import { CacheRefs } from '../../common/resource/cache-refs.js';
import { bodyChanges, patchedBody, replacedBody } from '../../common/resource/changes.js';
import type { BodyOf } from '../../common/resource/resource.js';
import type { Selection } from '../../common/resource/selection.js';
import { ClinicsService } from '../clinics/clinics.service.js';
import { OrganizationsService } from '../organizations/organizations.service.js';
import { ProvidersService } from '../providers/providers.service.js';
import { type AssignmentParent, AssignmentsRepository, type StoredAssignment } from './assignments.repository.js';
import { assignmentsResource } from './assignments.resource.js';

type AssignmentBody = BodyOf<typeof assignmentsResource>;

@Injectable()
export class AssignmentsService implements OnModuleInit {
  constructor(
    private readonly assignments: AssignmentsRepository,
    private readonly organizations: OrganizationsService,
    private readonly clinics: ClinicsService,
    private readonly providers: ProvidersService,
    private readonly transactions: Transactions,
    private readonly cached: CachedReads,
    private readonly refs: CacheRefs,
  ) {}

  onModuleInit(): void {
    this.endWith(this.organizations.dependents, (organizationId) => ({ organizationId }));
    this.endWith(this.clinics.dependents, (clinicId) => ({ clinicId }));
    this.endWith(this.providers.dependents, (providerId) => ({ providerId }));
  }

  private endWith(parents: DependentsRegistry, of: (parentId: ObjectId) => AssignmentParent): void {
    parents.register({
      name: 'assignments',
      count: (parentId, session) => this.assignments.countActiveOf(of(parentId), session),
      archive: (parent, session) => this.assignments.endAllOf(of(parent.recordId), parent, session),
    });
  }

  list(request: ListRequest): Promise<Page> {
    return this.assignments.list(request);
  }

  get(id: ObjectId, selection?: Selection): Promise<StoredAssignment> {
    return this.assignments.get(id, selection);
  }

  /** @throws {Problem} `reference-not-live`, `conflict` */
  create(body: AssignmentBody): Promise<StoredAssignment> {
    return this.transactions.run(async (session) => {
      const organizationId = await this.holdParents(body, session);
      const assignedAt = body.assignedAt === undefined ? new Date() : new Date(body.assignedAt);
      return this.assignments.insert(
        { isPrimary: false, ...body, ...activity(body.isActive ?? true), organizationId, assignedAt },
        session,
      );
    });
  }

  replace(id: ObjectId, body: Partial<AssignmentBody>, precondition?: Precondition): Promise<StoredAssignment> {
    return this.change(id, precondition, (current) => replacedBody(assignmentsResource, current, body));
  }

  patch(id: ObjectId, patch: unknown, precondition?: Precondition): Promise<StoredAssignment> {
    return this.change(id, precondition, (current) => patchedBody(assignmentsResource, current, patch));
  }

  private async change(
    id: ObjectId,
    precondition: Precondition | undefined,
    bodyFor: (current: StoredAssignment) => Partial<AssignmentBody>,
  ): Promise<StoredAssignment> {
    return this.transactions.run(async (session) => {
      const current = await this.assignments.getForChange(id, precondition, session);
      const body = bodyFor(current);
      const isActive = body.isActive ?? current.isActive;
      // Brought back only while its clinic and its provider are live.
      if (isActive && !current.isActive) await this.holdParents(current, session);
      const changes = {
        ...bodyChanges(assignmentsResource, body),
        isPrimary: body.isPrimary ?? false,
        assignedAt: body.assignedAt === undefined ? current.assignedAt : new Date(body.assignedAt),
        ...(isActive === current.isActive ? { isActive } : activity(isActive)),
      };
      return this.assignments.modify(current, changes, session);
    });
  }

  /** Ends the assignment. Ending an ended one changes nothing. */
  end(id: ObjectId, precondition?: Precondition): Promise<void> {
    return this.transactions.run(async (session) => {
      const current = await this.assignments.getForChange(id, precondition, session);
      if (!current.isActive) return;
      await this.assignments.modify(current, activity(false), session);
    });
  }

  /** Where a provider works: a page of assignments, each with its clinic; two queries at any size, fewer with the cache. */
  clinicsOf(providerId: ObjectId, request: ListRequest): Promise<ComposedPage> {
    const clinic = { reference: 'clinicId', as: 'clinic', loader: this.clinics.loader() };
    return this.joined(request, clinic, () => this.providers.loader().load(providerId.toHexString()));
  }

  /** Who works at a clinic: a page of assignments, each with its provider; two queries at any size, fewer with the cache. */
  staffOf(clinicId: ObjectId, request: ListRequest): Promise<ComposedPage> {
    const provider = { reference: 'providerId', as: 'provider', loader: this.providers.loader() };
    return this.joined(request, provider, () => this.clinics.loader().load(clinicId.toHexString()));
  }

  /**
   * The page is one entry and each record another: a renamed clinic costs one record, not the pages of everybody who
   * works there.
   * @param parent whose page it is: asked when the page is empty, as it may be nobody's
   * @throws {Problem} `not-found`
   */
  private async joined(request: ListRequest, join: Join, parent: () => Promise<Found>): Promise<ComposedPage> {
    const ref = this.refs.page(assignmentsResource, request.filter, `rows ${pageName(request)}`);
    const rows = await this.cached.read(ref, () => this.assignments.list(request));
    const page = foundValue<Page>(rows);
    if (page === null) throw new Error('A page is always there');
    const joined = await Promise.all(page.data.map((row) => join.loader.load(String(row[join.reference]))));
    const data = page.data.map((row, at) => {
      const found = joined[at];
      return { ...row, [join.as]: found === undefined ? null : foundValue(found) };
    });
    const owner = data.length === 0 ? [await parent()] : [];
    for (const { payload } of owner) {
      if (payload.absent !== undefined) throw new Problem('not-found', { detail: payload.absent });
    }
    return { page: { ...page, data }, parts: [rows, ...joined, ...owner] };
  }

  /** Holds the clinic and the provider, which must be of one organization: that is the assignment's. */
  private async holdParents(parents: Parents, session: ClientSession): Promise<ObjectId> {
    const provider = await this.providers.hold(new ObjectId(parents.providerId), session);
    if (provider === null) throw notLive('providerId', 'provider');
    const { organizationId } = provider;
    if (parents.organizationId !== undefined && !organizationId.equals(parents.organizationId)) {
      throw notLive('organizationId', 'organization with this provider');
    }
    const clinic = await this.clinics.hold(new ObjectId(parents.clinicId), session, organizationId);
    if (clinic === null) throw notLive('clinicId', "clinic in the provider's organization");
    return organizationId;
  }
}

interface Parents {
  readonly organizationId?: string | ObjectId | undefined;
  readonly providerId: string | ObjectId;
  readonly clinicId: string | ObjectId;
}

const notLive = (field: string, what: string): Problem =>
  new Problem('reference-not-live', {
    detail: `There is no such live ${what}.`,
    errors: [{ pointer: `/${field}`, message: `does not name a live ${what}` }],
  });

const activity = (isActive: boolean) => ({ isActive, endedAt: isActive ? undefined : new Date() });

/** A page, and the cached entries that it was made of. */
export interface ComposedPage {
  readonly page: Page;
  readonly parts: readonly Found[];
}

/** The record that each row of a page refers to. */
interface Join {
  readonly reference: string;
  /** The row's member that shows it. */
  readonly as: string;
  readonly loader: DataLoader<string, Found>;
}
