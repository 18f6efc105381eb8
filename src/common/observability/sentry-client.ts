import { Logger } from '@nestjs/common';
import {
  createStackParser,
  createTransport,
  type Event,
  type Exception,
  exceptionFromError,
  type TransportRequest,
} from '@sentry/core';
import { nodeStackLineParser, ServerRuntimeClient } from '@sentry/core/server';
import type { ErrorCircumstances, ErrorReporter, ErrorReportOptions } from './error-reporter.js';

import { redactText, redactTokens } from './redact-text.js';
import { serviceVersion } from './service-version.js';

/** Of the reports that wait to be sent there are never more. */
const MOST_WAITING = 30;
const INGEST_TIMEOUT_MS = 5_000;
const MOST_CAUSES = 5;

const stackParser = createStackParser(nodeStackLineParser());

/**
 * A client of Sentry's, or of what takes its envelopes, that sends errors and nothing else: no tracing, no
 * instrumentation, no breadcrumbs. Imported only where errors are reported.
 */
export function loadSentry({ dsn, environment }: ErrorReportOptions & { readonly dsn: string }): ErrorReporter {
  const client = new ServerRuntimeClient({
    dsn,
    environment,
    release: `enterprise-service@${serviceVersion()}`,
    platform: 'node',
    runtime: { name: 'node', version: process.version },
    integrations: [],
    traceLifecycle: 'static',
    sendClientReports: false,
    stackParser,
    transport: (options) => createTransport({ ...options, bufferSize: MOST_WAITING }, sender(options.url)),
  });
  client.init();
  return {
    report: (error, circumstances) => void client.captureEvent(eventOf(error, circumstances)),
    stop: (withinMs) => Promise.resolve(client.close(withinMs)),
  };
}

/** Made of what may be told, instead of cleared of what mayn't: no request, no query, no variables. */
function eventOf(error: unknown, { correlationId, method, route, trace, handled = true }: ErrorCircumstances): Event {
  const values = causesOf(error).map((cause, at): Exception => {
    const { type, stacktrace } = exceptionFromError(stackParser, cause);
    return {
      type: type ?? 'Error',
      value: scrubbed(cause.message),
      ...(stacktrace !== undefined && { stacktrace }),
      mechanism: at === 0 ? { type: 'generic', handled } : { type: 'chained', handled: true },
    };
  });
  return {
    level: handled ? 'error' : 'fatal',
    // Sentry has the outermost last.
    exception: { values: values.toReversed() },
    ...(route !== undefined && { transaction: `${method} ${route}` }),
    tags: {
      ...(correlationId !== undefined && { correlation_id: redactTokens(correlationId) }),
      ...(route !== undefined && { route }),
    },
    ...(trace !== undefined && { contexts: { trace: { trace_id: trace.traceId, span_id: trace.spanId } } }),
  };
}

function causesOf(error: unknown): readonly Error[] {
  const causes: Error[] = [];
  let cause = error;
  while (cause instanceof Error && causes.length < MOST_CAUSES) {
    causes.push(cause);
    ({ cause } = cause);
  }
  return causes.length > 0 ? causes : [new Error(`${typeof error} thrown: ${String(error)}`)];
}

/** Databases and parsers quote what they were given: what stands in double quotes, or is a duplicate key, is a value. */
const scrubbed = (message: string): string =>
  redactText(message.replace(/dup key: .*/s, 'dup key').replaceAll(/"(?:[^"\\]|\\.)*"/g, '"…"')).slice(0, 1_000);

/** Sends envelopes, and says in the log when they aren't taken, and when they are again, each once. */
function sender(url: string) {
  const log = new Logger('ErrorReports');
  let away = false;
  const tell = (failure: string | undefined) => {
    const { host } = new URL(url);
    if (failure !== undefined && !away) log.warn(`${host} takes no reports of errors, which are dropped (${failure})`);
    if (failure === undefined && away) log.log(`${host} takes reports of errors again`);
    away = failure !== undefined;
  };
  return async ({ body }: TransportRequest) => {
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/x-sentry-envelope' },
        body: Buffer.from(body),
        signal: AbortSignal.timeout(INGEST_TIMEOUT_MS),
      });
      await response.body?.cancel();
      tell(response.ok ? undefined : `status ${response.status}`);
      const { status: statusCode, headers } = response;
      const limits = headers.get('x-sentry-rate-limits');
      return { statusCode, headers: { 'x-sentry-rate-limits': limits, 'retry-after': headers.get('retry-after') } };
    } catch (error) {
      tell(error instanceof Error ? error.name : 'failed');
      throw error;
    }
  };
}
