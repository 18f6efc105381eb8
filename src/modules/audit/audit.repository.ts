import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { AnyObject, Model } from 'mongoose';
import { RepositoryTools, ResourceRepository, type StoredRecord } from '../../common/database/resource-repository.js';
import { auditResource } from './audit.resource.js';

@Injectable()
export class AuditRepository extends ResourceRepository<StoredRecord> {
  constructor(@InjectModel('audit') model: Model<AnyObject>, tools: RepositoryTools) {
    super(model, auditResource, tools);
  }
}
