import { SpanKind } from '@opentelemetry/api';
import type { Redis } from 'ioredis';
import { childSpan, endSpan } from '../observability/spans.js';
import { tracing } from '../observability/tracing.js';

/**
 * Makes a span of each command that is sent for work that is traced: its name alone, as keys and values are the
 * tenants'. A command that many wait for is the one's who sent it.
 */
export function traceRedis(client: Redis): void {
  if (tracing.on === undefined) return;
  const send: Redis['sendCommand'] = client.sendCommand.bind(client);
  client.sendCommand = (command, stream) => {
    const operation = command.name.toUpperCase();
    const span = childSpan(operation, SpanKind.CLIENT, { 'db.system.name': 'redis', 'db.operation.name': operation });
    if (span === undefined) return send(command, stream);
    command.promise.then(
      () => endSpan(span),
      (error: unknown) => endSpan(span, error),
    );
    return send(command, stream);
  };
}
