import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { Redis } from 'ioredis';
import { RateLimiter } from '../../common/rate-limit/rate-limiter.js';
import { RedisBuckets } from '../../common/rate-limit/redis-buckets.js';
import { ApiKeySchema } from '../../schemas/api-key.schema.js';
import { OrganizationsModule } from '../organizations/organizations.module.js';
import { AccessHook } from './access.hook.js';
import { AccessTokens } from './access-tokens.js';
import { ApiKeysController } from './api-keys.controller.js';
import { ApiKeysRepository } from './api-keys.repository.js';
import { ApiKeysService } from './api-keys.service.js';
import { Authenticator } from './authenticator.js';
import { FrontDoor } from './front-door.js';
import { JwksController } from './jwks.controller.js';
import { LoadShedder } from './load-shedder.js';
import { LoginLimiter } from './login-limiter.js';
import { OwnRequests } from './own-requests.js';
import { SigningKeys } from './signing-keys.js';
import { SigningKeysRepository } from './signing-keys.repository.js';
import { TenantLimits } from './tenant-limits.js';
import { TokensController } from './tokens.controller.js';

@Module({
  imports: [MongooseModule.forFeature([{ name: 'keys', schema: ApiKeySchema }]), OrganizationsModule],
  controllers: [ApiKeysController, TokensController, JwksController],
  providers: [
    ApiKeysRepository,
    ApiKeysService,
    Authenticator,
    AccessTokens,
    SigningKeysRepository,
    SigningKeys,
    LoginLimiter,
    LoadShedder,
    TenantLimits,
    { provide: RateLimiter, inject: [Redis], useFactory: (redis: Redis) => new RateLimiter(new RedisBuckets(redis)) },
    AccessHook,
    FrontDoor,
    OwnRequests,
  ],
  exports: [AccessTokens, LoadShedder, OwnRequests, RateLimiter],
})
export class AuthModule {}
