import { getConnectionToken } from '@nestjs/mongoose';
import type { CommandFailedEvent, CommandStartedEvent, CommandSucceededEvent, Document } from 'mongodb';
import type { Connection } from 'mongoose';
import { startService, type TestService } from './service.js';

/** A command that the service has sent to MongoDB. */
export interface SentCommand {
  /** The command and its collection, such as `find clinics`. */
  readonly line: string;
  readonly command: Document;
  /** How many of the service's commands were unanswered when it was sent. */
  readonly inFlight: number;
}

/**
 * What belongs to no request: what the driver sends to open, watch and leave a connection, the cache's reading of the
 * fences, twice a second, and what the process learns of its queries' plans and of the indexes.
 */
const HOUSEKEEPING: ReadonlySet<string> = new Set([
  ...['hello', 'ping', 'endSessions', 'find cache_fences'],
  ...['explain', 'listIndexes'],
]);

/** The commands that a service sends, as its own driver reports them. */
export class CommandLog {
  private sent: SentCommand[] = [];
  private readonly unanswered = new Set<number>();

  constructor({ app }: TestService) {
    const client = app.get<Connection>(getConnectionToken()).getClient();
    client.on('commandStarted', (event: CommandStartedEvent) => this.started(event));
    client.on('commandSucceeded', (event: CommandSucceededEvent) => this.unanswered.delete(event.requestId));
    client.on('commandFailed', (event: CommandFailedEvent) => this.unanswered.delete(event.requestId));
  }

  /** What was sent while the work ran, in order. */
  async during(work: () => Promise<unknown>): Promise<readonly SentCommand[]> {
    this.sent = [];
    await work();
    return this.sent;
  }

  private started({ commandName, command, requestId }: CommandStartedEvent): void {
    const target: unknown = command[commandName];
    const line = typeof target === 'string' ? `${commandName} ${target}` : commandName;
    if (HOUSEKEEPING.has(commandName) || HOUSEKEEPING.has(line)) return;
    this.sent.push({ line, command, inFlight: this.unanswered.size });
    this.unanswered.add(requestId);
  }
}

export type MonitoredService = TestService & { readonly commands: CommandLog };

/** Starts a service whose driver reports its commands; the URI asks for that, the service is as ever. */
export async function startMonitoredService(
  variables: Readonly<Record<string, string>> = {},
): Promise<MonitoredService> {
  const service = await startService({ MONGODB_URI: monitored(process.env['TEST_MONGODB_URI'] ?? ''), ...variables });
  return { ...service, commands: new CommandLog(service) };
}

/** Not by `URL`, which refuses the several hosts of a replica set. */
function monitored(uri: string): string {
  const [hosts = '', options = ''] = uri.split('?');
  return `${/[^/]\/[^/]*$/.test(hosts) ? hosts : `${hosts}/`}?${options}&monitorCommands=true`;
}
