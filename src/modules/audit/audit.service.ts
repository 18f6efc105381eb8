import { Injectable } from '@nestjs/common';
import type { Page } from '../../common/database/list-reader.js';
import type { ListRequest } from '../../common/resource/list-query.js';
import { AuditRepository } from './audit.repository.js';

@Injectable()
export class AuditService {
  constructor(private readonly entries: AuditRepository) {}

  list(request: ListRequest): Promise<Page> {
    return this.entries.list(request);
  }
}
