import { Inject, Injectable } from '@nestjs/common';
import { CachedReads } from '../../common/database/cached-reads.js';
import { Transactions } from '../../common/database/transactions.js';
import type { BodyOf } from '../../common/resource/resource.js';
import { CONFIGURATION } from '../../config/config.module.js';
import type { Configuration } from '../../config/configuration.js';
import { OrganizationMembersService } from '../organizations/organization-members.service.js';
import { OrganizationsService } from '../organizations/organizations.service.js';
import { ClinicsRepository, type StoredClinic } from './clinics.repository.js';
import { clinicsResource } from './clinics.resource.js';

@Injectable()
export class ClinicsService extends OrganizationMembersService<StoredClinic, BodyOf<typeof clinicsResource>> {
  constructor(
    clinics: ClinicsRepository,
    organizations: OrganizationsService,
    transactions: Transactions,
    cached: CachedReads,
    @Inject(CONFIGURATION) { dataloader }: Configuration,
  ) {
    super(clinics, clinicsResource, organizations, transactions, cached, dataloader.batchWindowMs);
  }
}
