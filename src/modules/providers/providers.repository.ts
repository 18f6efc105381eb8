import { Inject, Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { AnyObject, Model } from 'mongoose';
import type { StoredRecord } from '../../common/database/resource-repository.js';
import { CursorCodec } from '../../common/http/cursor.js';
import { CONFIGURATION } from '../../config/config.module.js';
import type { Configuration } from '../../config/configuration.js';
import type { Provider } from '../../schemas/provider.schema.js';
import { OrganizationMembersRepository } from '../organizations/organization-members.repository.js';
import { providersResource } from './providers.resource.js';

export type StoredProvider = Provider & StoredRecord;

@Injectable()
export class ProvidersRepository extends OrganizationMembersRepository<StoredProvider> {
  constructor(
    @InjectModel('providers') model: Model<AnyObject>,
    cursors: CursorCodec,
    @Inject(CONFIGURATION) { lists }: Configuration,
  ) {
    super(model, providersResource, cursors, lists.countTimeoutMs);
  }
}
