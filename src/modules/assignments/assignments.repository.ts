import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { ClientSession, ObjectId } from 'mongodb';
import type { AnyObject, Model } from 'mongoose';
import type { AuditedRecord } from '../../common/database/audit-log.js';
import { RepositoryTools, ResourceRepository, type StoredRecord } from '../../common/database/resource-repository.js';
import type { Assignment } from '../../schemas/assignment.schema.js';
import { assignmentsResource } from './assignments.resource.js';

export type StoredAssignment = Assignment & StoredRecord;

@Injectable()
export class AssignmentsRepository extends ResourceRepository<StoredAssignment> {
  constructor(@InjectModel('assignments') model: Model<AnyObject>, tools: RepositoryTools) {
    super(model, assignmentsResource, tools);
  }

  /** @param parent one of organizationId, providerId, clinicId */
  countActiveOf(parent: AssignmentParent, session: ClientSession): Promise<number> {
    return this.count({ ...parent, isActive: true }, session);
  }

  endAllOf(parent: AssignmentParent, because: AuditedRecord, session: ClientSession): Promise<void> {
    return this.modifyAll({ ...parent, isActive: true }, { isActive: false, endedAt: new Date() }, because, session);
  }
}

export type AssignmentParent =
  | { readonly organizationId: ObjectId }
  | { readonly providerId: ObjectId }
  | { readonly clinicId: ObjectId };
