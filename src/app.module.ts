import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { CacheModule } from './common/cache/cache.module.js';
import { followedKinds } from './common/database/change-tags.js';
import { DatabaseModule } from './common/database/database.module.js';
import { AnswerInterceptor } from './common/http/answer.interceptor.js';
import { HttpModule } from './common/http/http.module.js';
import { KnownQueryGuard } from './common/http/known-query.guard.js';
import { ProblemFilter } from './common/http/problem.filter.js';
import { ResilienceInterceptor } from './common/http/resilience.interceptor.js';
import { SchemaPipe } from './common/http/schema.pipe.js';
import { ObservabilityModule } from './common/observability/observability.module.js';
import { RedisModule } from './common/redis/redis.module.js';
import { cachedKinds } from './common/resource/cached-kinds.js';
import { ConfigModule } from './config/config.module.js';
import type { Configuration } from './config/configuration.js';
import { AssignmentsModule } from './modules/assignments/assignments.module.js';
import { assignmentsResource } from './modules/assignments/assignments.resource.js';
import { AuditModule } from './modules/audit/audit.module.js';
import { AuthModule } from './modules/auth/auth.module.js';
import { ClinicsModule } from './modules/clinics/clinics.module.js';
import { clinicsResource } from './modules/clinics/clinics.resource.js';
import { DocsModule } from './modules/docs/docs.module.js';
import { HealthModule } from './modules/health/health.module.js';
import { OrganizationsModule } from './modules/organizations/organizations.module.js';
import { organizationsResource } from './modules/organizations/organizations.resource.js';
import { PerformanceModule } from './modules/performance/performance.module.js';
import { ProvidersModule } from './modules/providers/providers.module.js';
import { providersResource } from './modules/providers/providers.resource.js';
import { declaredIndexes } from './schemas/index.js';

const CACHED = [organizationsResource, clinicsResource, providersResource, assignmentsResource];

@Module({})
export class AppModule {
  static with(configuration: Configuration): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.with(configuration),
        ObservabilityModule,
        DatabaseModule.with(declaredIndexes, followedKinds(CACHED, declaredIndexes)),
        RedisModule,
        CacheModule.with(cachedKinds(CACHED)),
        HttpModule,
        AuthModule,
        AuditModule,
        OrganizationsModule,
        ClinicsModule,
        ProvidersModule,
        AssignmentsModule,
        HealthModule,
        PerformanceModule,
        DocsModule,
      ],
      providers: [
        { provide: APP_GUARD, useClass: KnownQueryGuard },
        { provide: APP_PIPE, useClass: SchemaPipe },
        { provide: APP_INTERCEPTOR, useClass: ResilienceInterceptor },
        { provide: APP_INTERCEPTOR, useClass: AnswerInterceptor },
        { provide: APP_FILTER, useClass: ProblemFilter },
      ],
    };
  }
}
