import 'reflect-metadata';
import { realpathSync } from 'node:fs';
import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { AppModule } from './app.module.js';
import { currentCorrelationId } from './common/context/request-context.js';
import { collectRoutes, refuseOtherMethods } from './common/http/allowed-methods.js';
import { CachedAnswers } from './common/http/cached-answers.js';
import { compressOthers } from './common/http/compress-others.js';
import { httpAdapter } from './common/http/http-server.js';
import { measureRequests } from './common/http/measured-requests.js';
import { hookRoutes } from './common/http/route-hooks.js';
import { allowOrigins } from './common/http/secure-headers.js';
import { keyPosts } from './common/idempotency/keyed-posts.js';
import { redactText } from './common/observability/redact-text.js';
import { RequestLog } from './common/observability/request-log.js';
import { RequestMetrics } from './common/observability/request-metrics.js';
import { ServiceLogger } from './common/observability/service-logger.js';
import { currentTrace } from './common/observability/spans.js';
import { startTelemetry, stopTelemetry } from './common/observability/telemetry.js';
import { type Configuration, readConfiguration } from './config/configuration.js';
import { isAway } from './life-cycle/ask-database.js';
import { stopGracefully } from './life-cycle/graceful-stop.js';
import { onceDatabaseAnswers } from './life-cycle/once-database-answers.js';
import { onStopSignal } from './life-cycle/stop-signals.js';
import { AccessHook } from './modules/auth/access.hook.js';
import { FrontDoor } from './modules/auth/front-door.js';
import { LoadShedder } from './modules/auth/load-shedder.js';
import { serveDocs } from './modules/docs/serve-docs.js';
import { serveDashboard } from './modules/performance/dashboard/serve-dashboard.js';

/**
 * Builds the service without listening. Where that fails, it has closed what it opened, or says that it couldn't.
 * @throws when the database goes away meanwhile, or an index is missing
 */
export async function createService(
  configuration: Configuration,
  logger = loggerOf(configuration),
): Promise<NestFastifyApplication> {
  const adapter = httpAdapter(configuration);
  const fastify: FastifyInstance = adapter.getInstance();
  const routes = collectRoutes(fastify);
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.with(configuration), adapter, {
    bodyParser: false,
    abortOnError: false,
    logger,
  }).catch((error: unknown) => {
    throw isAway(error) ? new HalfBuiltError(error) : error;
  });
  app.setGlobalPrefix('api/v1', { exclude: ['livez', 'readyz', 'metrics', '.well-known/jwks.json'] });
  await allowOrigins(fastify, configuration);
  await compressOthers(fastify);
  measureRequests(fastify, configuration.metrics.enabled ? app.get(RequestMetrics) : undefined, app.get(RequestLog));
  const access = app.get(AccessHook);
  const answers = app.get(CachedAnswers);
  const shedder = app.get(LoadShedder);
  hookRoutes(fastify, (config) => [
    access.of(config.access),
    ...(config.cached === undefined ? [] : [answers.of((principal) => access.permits(config.access, principal))]),
    // Cache hits are never refused.
    ...[shedder.of(config)].filter((hook) => hook !== undefined),
  ]);
  keyPosts(fastify);
  await serveDocs(fastify);
  serveDashboard(fastify);
  await app.init().catch(async (error: unknown) => {
    await app.close();
    throw error;
  });
  // That a method isn't there is no secret.
  refuseOtherMethods(fastify, new Map(routes), { access: 'public' });
  app.get(FrontDoor).open(fastify);
  return app;
}

/** Nest forgets what it has made when it can't make the rest: connections stay open, and the process is good for nothing. */
class HalfBuiltError extends Error {
  constructor(cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(`MongoDB went away while the service was being built; start it again (${reason})`, { cause });
  }
}

const loggerOf = ({ production, logLevel }: Configuration) =>
  new ServiceLogger({ json: production, level: logLevel, fields: requestFields });

/** What ties each line to the request that it was written for. */
function requestFields() {
  const { traceId, spanId } = currentTrace() ?? {};
  return { correlationId: currentCorrelationId(), traceId, spanId };
}

export interface StartOptions {
  /** Called when the service has stopped after a signal, before the process ends. */
  readonly onStopped?: () => Promise<void>;
}

/**
 * Starts the service, once MongoDB answers, and stops it when asked to: the first SIGTERM or SIGINT finishes what runs,
 * the second ends at once.
 * @throws when the configuration is wrong or an index is missing
 */
export async function start({ onStopped }: StartOptions = {}): Promise<NestFastifyApplication> {
  const configuration = readConfiguration();
  const logger = loggerOf(configuration);
  Logger.overrideLogger(logger);
  let app: NestFastifyApplication | undefined;
  onStopSignal(async (signal) => {
    Logger.log(`${signal}: stopping`, 'Service');
    // One that isn't built yet has nothing to finish.
    const cutOff = app === undefined ? [] : await stopGracefully(app, configuration.stop);
    for (const line of cutOff) Logger.error(`cut off: ${line}`, 'Service');
    await stopTelemetry();
    await onStopped?.();
    await logger.flush();
    process.exit(cutOff.length === 0 ? 0 : 1);
  });
  await startTelemetry(configuration);
  const { service, port } = await onceDatabaseAnswers(configuration, () => createService(configuration, logger));
  app = service;
  await app.listen(port, configuration.http.host);
  Logger.log(`listening on ${await app.getUrl()}`, 'Service');
  return app;
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === import.meta.filename) {
  start().catch((error: unknown) => {
    console.error(redactText(error instanceof Error ? error.message : String(error)));
    process.exit(1);
  });
}
