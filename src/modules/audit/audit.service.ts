import { Injectable } from '@nestjs/common';
import type { ListRequest } from '../../common/lists/list-query.js';
import type { Page } from '../../common/lists/list-reader.js';
import { AuditRepository } from './audit.repository.js';

@Injectable()
export class AuditService {
  constructor(private readonly entries: AuditRepository) {}

  list(request: ListRequest): Promise<Page> {
    return this.entries.list(request);
  }
}
