import { Controller, Get, Query } from '@nestjs/common';
import { PageAnswer } from '../../common/http/answers.js';
import { type ListQuery, ListQueryParser, listQuerySchema } from '../../common/lists/list-query.js';
import { PlatformRequires } from '../auth/access.decorators.js';
import { auditResource } from './audit.resource.js';
import { AuditService } from './audit.service.js';

@PlatformRequires('audit:read')
@Controller('audit')
export class AuditController {
  private readonly lists = new ListQueryParser(auditResource);

  constructor(private readonly audit: AuditService) {}

  @Get()
  async list(@Query({ schema: listQuerySchema(auditResource) }) query: ListQuery) {
    return new PageAnswer(await this.audit.list(this.lists.parse(query)));
  }
}
