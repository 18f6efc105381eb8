import { Inject, Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { AnyObject, Model } from 'mongoose';
import type { StoredRecord } from '../../common/database/resource-repository.js';
import { CursorCodec } from '../../common/http/cursor.js';
import { CONFIGURATION } from '../../config/config.module.js';
import type { Configuration } from '../../config/configuration.js';
import type { Clinic } from '../../schemas/clinic.schema.js';
import { OrganizationMembersRepository } from '../organizations/organization-members.repository.js';
import { clinicsResource } from './clinics.resource.js';

export type StoredClinic = Clinic & StoredRecord;

@Injectable()
export class ClinicsRepository extends OrganizationMembersRepository<StoredClinic> {
  constructor(
    @InjectModel('clinics') model: Model<AnyObject>,
    cursors: CursorCodec,
    @Inject(CONFIGURATION) { lists }: Configuration,
  ) {
    super(model, clinicsResource, cursors, lists.countTimeoutMs);
  }
}
