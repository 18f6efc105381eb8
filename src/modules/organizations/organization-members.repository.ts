import type { ClientSession, ObjectId } from 'mongodb';
import type { AuditedRecord } from '../../common/database/audit-log.js';
import { ResourceRepository, type StoredRecord } from '../../common/database/resource-repository.js';

export interface StoredMember extends StoredRecord {
  readonly organizationId: ObjectId;
  readonly status: string;
}

const LIVE_STATUSES = ['active', 'inactive'];

/** Records that belong to one organization and are archived with it. */
export abstract class OrganizationMembersRepository<Stored extends StoredMember> extends ResourceRepository<Stored> {
  countLiveOf(organizationId: ObjectId, session: ClientSession): Promise<number> {
    return this.count({ organizationId, status: { $in: LIVE_STATUSES } }, session);
  }

  archiveAllOf(organization: AuditedRecord, session: ClientSession): Promise<void> {
    return this.modifyAll(
      { organizationId: organization.recordId, status: { $in: LIVE_STATUSES } },
      { status: 'archived', archivedAt: new Date(), searchTerms: [] },
      organization,
      session,
    );
  }
}
