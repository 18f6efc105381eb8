import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { ProviderSchema } from '../../schemas/provider.schema.js';
import { OrganizationsModule } from '../organizations/organizations.module.js';
import { ProvidersController } from './providers.controller.js';
import { ProvidersRepository } from './providers.repository.js';
import { ProvidersService } from './providers.service.js';

@Module({
  imports: [MongooseModule.forFeature([{ name: 'providers', schema: ProviderSchema }]), OrganizationsModule],
  controllers: [ProvidersController],
  providers: [ProvidersRepository, ProvidersService],
  exports: [ProvidersService],
})
export class ProvidersModule {}
