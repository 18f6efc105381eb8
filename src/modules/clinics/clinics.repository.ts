import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { AnyObject, Model } from 'mongoose';
import { RepositoryTools, type StoredRecord } from '../../common/database/resource-repository.js';
import type { Clinic } from '../../schemas/clinic.schema.js';
import { OrganizationMembersRepository } from '../organizations/organization-members.repository.js';
import { clinicsResource } from './clinics.resource.js';

export type StoredClinic = Clinic & StoredRecord;

@Injectable()
export class ClinicsRepository extends OrganizationMembersRepository<StoredClinic> {
  constructor(@InjectModel('clinics') model: Model<AnyObject>, tools: RepositoryTools) {
    super(model, clinicsResource, tools);
  }
}
