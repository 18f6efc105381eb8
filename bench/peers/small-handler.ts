import 'reflect-metadata';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';

/**
 * A NestJS-Fastify handler that answers a small object: bare, or (GUARDED=true) behind the service's own
 * principals and rate limits. The difference is what they cost. Decorators are applied by hand, as Node
 * runs this file with its types stripped.
 */
const guarded = process.env['GUARDED'] === 'true';
const dist = '../../dist';

class SmallController {
  answer() {
    return { status: 'ok' };
  }
}
const route = Object.getOwnPropertyDescriptor(SmallController.prototype, 'answer') ?? {};
Get()(SmallController.prototype, 'answer', route);
Controller('small')(SmallController);

class SmallModule {}

async function bare(): Promise<NestFastifyApplication> {
  Module({ controllers: [SmallController] })(SmallModule);
  return NestFactory.create<NestFastifyApplication>(SmallModule, new FastifyAdapter(), { logger: false });
}

async function behindTheHook(): Promise<NestFastifyApplication> {
  const load = (path: string) => import(`${dist}/${path}`);
  const { readConfiguration } = await load('config/configuration.js');
  const { ConfigModule } = await load('config/config.module.js');
  const { CacheModule } = await load('common/cache/cache.module.js');
  const { DatabaseModule } = await load('common/database/database.module.js');
  const { HttpModule } = await load('common/http/http.module.js');
  const { ObservabilityModule } = await load('common/observability/observability.module.js');
  const { RedisModule } = await load('common/redis/redis.module.js');
  const { AuthModule } = await load('modules/auth/auth.module.js');
  const { AccessHook } = await load('modules/auth/access.hook.js');
  const { Requires } = await load('modules/auth/access.decorators.js');
  const { hookRoutes } = await load('common/http/route-hooks.js');
  Requires('directory:read')(SmallController.prototype, 'answer', route);
  Module({
    imports: [
      ConfigModule.with(readConfiguration()),
      ObservabilityModule,
      DatabaseModule.with([]),
      RedisModule,
      CacheModule.with({ resources: [], schema: '' }),
      HttpModule,
      AuthModule,
    ],
    controllers: [SmallController],
  })(SmallModule);
  const adapter = new FastifyAdapter();
  const fastify = adapter.getInstance();
  fastify.decorateRequest('principal', null);
  fastify.decorateRequest('deadline', null);
  const made = await NestFactory.create<NestFastifyApplication>(SmallModule, adapter, { logger: false });
  const access = made.get(AccessHook);
  hookRoutes(fastify, (config: { access?: unknown }) => [access.of(config.access)]);
  return made;
}

const app = await (guarded ? behindTheHook() : bare());
await app.listen(Number(process.env['PORT']), '127.0.0.1');
