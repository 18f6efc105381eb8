import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { ClinicSchema } from '../../schemas/clinic.schema.js';
import { OrganizationsModule } from '../organizations/organizations.module.js';
import { ClinicsController } from './clinics.controller.js';
import { ClinicsRepository } from './clinics.repository.js';
import { ClinicsService } from './clinics.service.js';

@Module({
  imports: [MongooseModule.forFeature([{ name: 'clinics', schema: ClinicSchema }]), OrganizationsModule],
  controllers: [ClinicsController],
  providers: [ClinicsRepository, ClinicsService],
  exports: [ClinicsService],
})
export class ClinicsModule {}
