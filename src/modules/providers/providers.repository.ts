import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { AnyObject, Model } from 'mongoose';
import { RepositoryTools, type StoredRecord } from '../../common/database/resource-repository.js';
import type { Provider } from '../../schemas/provider.schema.js';
import { OrganizationMembersRepository } from '../organizations/organization-members.repository.js';
import { providersResource } from './providers.resource.js';

export type StoredProvider = Provider & StoredRecord;

@Injectable()
export class ProvidersRepository extends OrganizationMembersRepository<StoredProvider> {
  constructor(@InjectModel('providers') model: Model<AnyObject>, tools: RepositoryTools) {
    super(model, providersResource, tools);
  }
}
