import { Inject, Injectable } from '@nestjs/common';
import { CachedReads } from '../../common/database/cached-reads.js';
import { Transactions } from '../../common/database/transactions.js';
import type { BodyOf } from '../../common/resource/resource.js';
import { CONFIGURATION } from '../../config/config.module.js';
import type { Configuration } from '../../config/configuration.js';
import { OrganizationMembersService } from '../organizations/organization-members.service.js';
import { OrganizationsService } from '../organizations/organizations.service.js';
import { ProvidersRepository, type StoredProvider } from './providers.repository.js';
import { providersResource } from './providers.resource.js';

@Injectable()
export class ProvidersService extends OrganizationMembersService<StoredProvider, BodyOf<typeof providersResource>> {
  constructor(
    providers: ProvidersRepository,
    organizations: OrganizationsService,
    transactions: Transactions,
    cached: CachedReads,
    @Inject(CONFIGURATION) { dataloader }: Configuration,
  ) {
    super(providers, providersResource, organizations, transactions, cached, dataloader.batchWindowMs);
  }
}
