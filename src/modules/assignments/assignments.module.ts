import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { AssignmentSchema } from '../../schemas/assignment.schema.js';
import { ClinicsModule } from '../clinics/clinics.module.js';
import { OrganizationsModule } from '../organizations/organizations.module.js';
import { ProvidersModule } from '../providers/providers.module.js';
import { AssignmentsController } from './assignments.controller.js';
import { AssignmentsRepository } from './assignments.repository.js';
import { AssignmentsService } from './assignments.service.js';

@Module({
  imports: [
    MongooseModule.forFeature([{ name: 'assignments', schema: AssignmentSchema }]),
    OrganizationsModule,
    ClinicsModule,
    ProvidersModule,
  ],
  controllers: [AssignmentsController],
  providers: [AssignmentsRepository, AssignmentsService],
})
export class AssignmentsModule {}
