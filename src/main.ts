import 'reflect-metadata';
import { realpathSync } from 'node:fs';
import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { AppModule } from './app.module.js';
import { collectRoutes, refuseOtherMethods } from './common/http/allowed-methods.js';
import { CachedAnswers } from './common/http/cached-answers.js';
import { compressOthers } from './common/http/compress-others.js';
import { httpAdapter } from './common/http/http-server.js';
import { hookRoutes } from './common/http/route-hooks.js';
import { allowOrigins } from './common/http/secure-headers.js';
import { ServiceLogger } from './common/observability/service-logger.js';
import { type Configuration, readConfiguration } from './config/configuration.js';
import { AccessHook } from './modules/auth/access.hook.js';
import { FrontDoor } from './modules/auth/front-door.js';
import { serveDocs } from './modules/docs/serve-docs.js';

/** Builds the service without listening. */
export async function createService(configuration: Configuration): Promise<NestFastifyApplication> {
  const adapter = httpAdapter(configuration);
  const fastify: FastifyInstance = adapter.getInstance();
  const routes = collectRoutes(fastify);
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.with(configuration), adapter, {
    bodyParser: false,
    abortOnError: false,
    logger: new ServiceLogger({ json: configuration.production, level: configuration.logLevel }),
  });
  app.setGlobalPrefix('api/v1', { exclude: ['livez', 'readyz', '.well-known/jwks.json'] });
  await allowOrigins(fastify, configuration);
  await compressOthers(fastify);
  const access = app.get(AccessHook);
  const answers = app.get(CachedAnswers);
  hookRoutes(fastify, ({ access: declared, cached }) => [
    access.of(declared),
    ...(cached === undefined ? [] : [answers.of((principal) => access.permits(declared, principal))]),
  ]);
  await serveDocs(fastify);
  await app.init();
  // That a method isn't there is no secret.
  refuseOtherMethods(fastify, new Map(routes), { access: 'public' });
  app.get(FrontDoor).open(fastify);
  return app;
}

export interface StartOptions {
  /** Called when the service has stopped after a signal, before the process ends. */
  readonly onStopped?: () => Promise<void>;
}

/**
 * Starts the service and stops it when asked to: the first SIGTERM or SIGINT finishes what runs, the second ends at once.
 * @throws when the configuration is wrong, a server is away, or an index is missing
 */
export async function start({ onStopped }: StartOptions = {}): Promise<NestFastifyApplication> {
  const configuration = readConfiguration();
  const app = await createService(configuration);
  let stopping = false;
  const stop = async (signal: NodeJS.Signals) => {
    if (stopping) process.exit(1);
    stopping = true;
    Logger.log(`${signal}: stopping`, 'Service');
    await app.close();
    await onStopped?.();
    process.exit(0);
  };
  process.on('SIGTERM', stop).on('SIGINT', stop);
  await app.listen(configuration.http.port, configuration.http.host);
  Logger.log(`listening on ${await app.getUrl()}`, 'Service');
  return app;
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === import.meta.filename) {
  start().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  });
}
