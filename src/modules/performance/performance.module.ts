import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { ResilienceController } from './resilience.controller.js';
import { ResilienceService } from './resilience.service.js';

/** What operators see of a process. */
@Module({ imports: [AuthModule], controllers: [ResilienceController], providers: [ResilienceService] })
export class PerformanceModule {}
