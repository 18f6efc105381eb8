import { Controller, Get } from '@nestjs/common';
import { PlatformRequires } from '../../auth/access.decorators.js';
import { IndexesService, type IndexReport } from './indexes.service.js';

@Controller('performance/indexes')
export class IndexesController {
  constructor(private readonly indexes: IndexesService) {}

  @PlatformRequires('ops:read')
  @Get()
  report(): Promise<IndexReport> {
    return this.indexes.report();
  }
}
