import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { type Span, SpanKind } from '@opentelemetry/api';
import { MongoError } from 'mongodb';
import type { Connection } from 'mongoose';
import { childSpan, endSpan } from '../observability/spans.js';
import { tracing } from '../observability/tracing.js';
import { type CommandEnded, type DriverCommand, observeCommands } from './driver-commands.js';
import { shapeOf } from './query-shape.js';

/** Makes a span of each command that is sent to MongoDB for work that is traced: its shape, without a value. */
@Injectable()
export class TracedCommands implements OnApplicationShutdown {
  private readonly stop: () => void;

  constructor(@InjectConnection() connection: Connection) {
    this.stop = tracing.on === undefined ? () => undefined : observeCommands(connection.getClient(), traced);
  }

  onApplicationShutdown(): void {
    this.stop();
  }
}

function traced(sent: DriverCommand): CommandEnded | undefined {
  const span = childSpan(sent.name, SpanKind.CLIENT, {
    'db.system.name': 'mongodb',
    'db.namespace': sent.database,
    'db.operation.name': sent.name,
  });
  if (span === undefined) return undefined;
  const { collection = '', text } = shapeOf(sent) ?? {};
  if (collection !== '') span.updateName(`${sent.name} ${collection}`).setAttribute('db.collection.name', collection);
  if (text !== undefined) span.setAttribute('db.query.summary', text);
  return (_ms, error) => end(span, error);
}

function end(span: Span, error: unknown): void {
  const code = error instanceof MongoError ? error.code : undefined;
  if (code !== undefined) span.setAttribute('db.response.status_code', String(code));
  endSpan(span, error);
}
